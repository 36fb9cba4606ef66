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
    if (outcome.kind === 'skipped') {
      return this.#sender.send({ kind: 'skipped', study, problem: skipProblem(outcome.reasons) })
    }
    const { resultKey, ms } = outcome
    return this.#sender.send({ kind: 'reported', study, resultKey, ms: { ...ms } })
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

/**
 * Keeps a study's results in Redis and reports them to the coordinator before delivery. The coordinator therefore
 * recognises our own series when the archive announces them, and does not count them as growth.
 */
export function redisKeeper(study: StudyRef, results: RedisResults, sender: ReportSender): ResultKeeper {
  const uid = study.studyInstanceUid
  return {
    keptResults: (resultKey) => results.kept(uid, resultKey),
    keepResults: async (kept) => {
      const isFirst = await results.keep(uid, kept)
      if (isFirst) await sender.send({ kind: 'built', study, resultKey: kept.results.resultKey })
      return isFirst
    },
    latestResultKey: () => results.latestResultKey(uid),
    latestRevision: (_uid, findingKey) => results.latestRevision(uid, findingKey),
  }
}
