import type { Opinion } from '../../feedback/opinion.ts'
import type { StudyDelivery } from '../../service/deliveries/delivery.ts'
import type { StudyRecord } from '../../service/store/store.ts'

/** What the API tells of a study besides its record. */
interface StudyFacts {
  /** The current opinions on its finding. */
  readonly opinions: readonly Opinion[]
  readonly deliveries: readonly StudyDelivery[]
  /** Pseudonym of the study in the logs. */
  readonly logKey: string
}

/** A study in the API's JSON. */
export function studyJson(record: StudyRecord, facts: StudyFacts): Record<string, unknown> {
  const { study, progress, finding } = record
  return {
    studyInstanceUid: study.studyInstanceUid,
    orthancId: study.orthancId,
    state: progress.state,
    attempt: 'attempt' in progress ? progress.attempt : undefined,
    retryAt: 'retryAt' in progress ? progress.retryAt.toISOString() : undefined,
    problem: 'problem' in progress ? progress.problem : undefined,
    arrivedAt: record.arrivedAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    logKey: facts.logKey,
    finding,
    opinions: opinionsJson(facts.opinions),
    deliveries: facts.deliveries.map(deliveryJson),
  }
}

/** Where a result is on its way to one target. */
function deliveryJson(delivery: StudyDelivery): Record<string, unknown> {
  const { target, state, since, attempts, due, problem, acknowledgement } = delivery
  return {
    target,
    state,
    since: since.toISOString(),
    attempts,
    ...(state === 'pending' && attempts > 0 && { retryAt: due.toISOString() }),
    problem,
    acknowledgement,
  }
}

/** Opinions on a result, without the reports they come from: reports are in the archive and the patient record. */
export function opinionsJson(opinions: readonly Opinion[]): readonly Record<string, unknown>[] {
  return opinions.map(({ source, judgement, at }) => ({ source, judgement, at: at.toISOString() }))
}
