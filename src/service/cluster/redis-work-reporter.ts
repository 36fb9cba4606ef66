import { type TriageError, errorToData } from '../../errors/triage-error.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { ResultKeeper, StudyOutcome } from '../../pipeline.ts'
import type { RedisResults } from './redis-results.ts'
import { skipProblem } from '../studies/study-recorder.ts'
import type { WorkReporter } from '../queue/work-reporter.ts'
import type { ReportSender } from './work-reports.ts'

/** Reports to the coordinator through Redis. */
export class RedisWorkReporter implements WorkReporter {
  readonly #sender: ReportSender

  constructor(sender: ReportSender) {
    this.#sender = sender
  }

  started(study: StudyRef, attempt: number): Promise<void> {
    return this.#sender.send({ kind: 'started', study, attempt })
  }

  ended(study: StudyRef, outcome: StudyOutcome): Promise<void> {
    const rejected = outcome.rejected === undefined ? {} : { rejected: [...outcome.rejected] }
    if (outcome.kind === 'skipped') {
      return this.#sender.send({ kind: 'skipped', study, problem: skipProblem(outcome.reasons), ...rejected })
    }
    const { results, ms } = outcome
    return this.#sender.send({ kind: 'reported', study, resultKey: results.resultKey, ms: { ...ms }, ...rejected })
  }

  retrying(study: StudyRef, attempt: number, due: Date, error: TriageError): Promise<void> {
    const failure = errorToData(error)
    return this.#sender.send({ kind: 'retrying', study, attempt, due: due.toISOString(), failure })
  }

  dead(study: StudyRef, attempt: number, error: TriageError): Promise<void> {
    return this.#sender.send({ kind: 'dead', study, attempt, failure: errorToData(error) })
  }

  waiting(study: StudyRef): Promise<void> {
    return this.#sender.send({ kind: 'waiting', study })
  }
}

/** Keeps a study's results in Redis, from where the coordinator takes them when they are reported. */
export function redisKeeper({ studyInstanceUid: uid }: StudyRef, results: RedisResults): ResultKeeper {
  return {
    keptResults: (resultKey) => results.kept(uid, resultKey),
    keepResults: (kept) => results.keep(uid, kept),
    latestResultKey: () => results.latestResultKey(uid),
    identityVerdict: (resultKey) => results.identityVerdict(uid, resultKey),
    latestRevision: (_uid, findingKey) => results.latestRevision(uid, findingKey),
  }
}
