import { type Judgement, type OpinionSource, type Reading, type ReportDocument, judge } from '../../feedback/opinion.ts'
import type { Clock } from '../../clock.ts'
import type { Actor } from '../../web/access/access.ts'
import type { Finding } from '../store/finding.ts'
import { noFinding, resultReplaced } from './errors.ts'
import type { Store, StudyRecord } from '../store/store.ts'
import type { StudyRecorder } from '../studies/study-recorder.ts'

/** The judgements that the page offers. */
type PageJudgement = Extract<Judgement, 'agree' | 'disagree' | 'withdrawn'>

/** A report's statement about pneumonia in a study. */
interface ReportedReading {
  readonly studyInstanceUid: string
  /** Undefined if the report states neither present nor absent, or no longer does. */
  readonly reading: Reading | undefined
  readonly source: Exclude<OpinionSource, 'page'>
  readonly document: ReportDocument
}

/** Records readers' opinions, each with the result as it was at that time. */
export class Feedback {
  readonly #store: Store
  readonly #recorder: StudyRecorder
  readonly #clock: Clock

  constructor(store: Store, recorder: StudyRecorder, clock: Clock) {
    this.#store = store
    this.#recorder = recorder
    this.#clock = clock
  }

  /**
   * Records an opinion given on the page. Repeating the current opinion changes nothing.
   * @param resultKey the result that the reader saw
   * @throws SERVICE_NO_FINDING, SERVICE_RESULT_REPLACED
   */
  fromPage({ study, finding }: StudyRecord, resultKey: string, judgement: PageJudgement, actor: Actor): void {
    if (finding?.kind !== 'analysed') throw noFinding()
    if (finding.resultKey !== resultKey) throw resultReplaced()
    const standing = this.#store.opinions.standing(resultKey).find(({ source }) => source === 'page')
    if ((standing?.judgement ?? 'withdrawn') === judgement) return
    this.#record(study.studyInstanceUid, finding, { judgement, source: 'page', actor, document: undefined })
  }

  /**
   * Records a report's statement on the study's result. A report without a statement withdraws only the opinion from an
   * earlier version of itself.
   * @returns whether the opinion is new
   */
  fromReport({ studyInstanceUid, reading, source, document }: ReportedReading): boolean {
    const finding = this.#store.studies.get(studyInstanceUid)?.finding
    if (finding?.kind !== 'analysed') return false
    const saidBefore = this.#store.opinions.standing(finding.resultKey).find((opinion) => opinion.source === source)
    if (reading === undefined && saidBefore?.document?.id !== document.id) return false
    const judgement = reading === undefined ? 'withdrawn' : judge(finding.decision, reading)
    return this.#record(studyInstanceUid, finding, { judgement, source, actor: 'report', document })
  }

  #record(
    studyInstanceUid: string,
    finding: Extract<Finding, { kind: 'analysed' }>,
    opinion: {
      readonly judgement: Judgement
      readonly source: OpinionSource
      readonly actor: Actor | 'report'
      readonly document: ReportDocument | undefined
    },
  ): boolean {
    const { resultKey, model, decision, probabilities } = finding
    const recorded = this.#store.opinions.record({
      ...{ studyInstanceUid, resultKey, model, decision, ...opinion },
      pneumonia: probabilities.pneumonia,
      at: this.#clock.now(),
    })
    if (recorded) this.#recorder.judged(studyInstanceUid, opinion.judgement, opinion.source)
    return recorded
  }
}
