import type { StudyArrival } from '../../intake/feed/change-feed.ts'
import type { StudyRef } from '../../intake/study.ts'
import { backfillFull } from './errors.ts'
import type { Log } from '../../log.ts'
import { isFinished } from '../queue/job-states.ts'
import type { EnqueueCause, Lane, Queue } from '../queue/queue.ts'
import type { CancelEffect, EnqueueEffect } from '../queue/queue-effects.ts'
import type { Store, StudyLedger, StudyRecord } from '../store/store.ts'
import { isNoted, withArrival } from './study-content.ts'
import type { StudyRecorder } from './study-recorder.ts'

/** Records and queues a study durably, whatever its source. When this returns, a feed may move its position. */
export type TakeStudy = (study: StudyRef, lane: Lane, cause: EnqueueCause) => Promise<EnqueueEffect>

/** Queues a study that the archive announced, by a feed or by the plugin. Durable when it returns. */
export type TakeArrival = (arrival: StudyArrival, lane?: Lane) => Promise<EnqueueEffect>

export function studyTaker(recorder: StudyRecorder, queue: Queue, log: Log): TakeStudy {
  return async (study, lane, cause) => {
    // The ledger first: a worker may claim the job before the next call returns, and then looks up the study there.
    recorder.arrived(study)
    const effect = await queue.enqueue(study, lane, cause)
    log.info('study.arrived', { studyInstanceUid: study.studyInstanceUid, lane, effect })
    return effect
  }
}

/** Removes a study from the queue at a user's request. */
export type CancelStudy = (study: StudyRef) => Promise<CancelEffect>

export function studyCanceller(recorder: StudyRecorder, queue: Queue): CancelStudy {
  return async (study) => {
    const effect = await queue.cancel(study.studyInstanceUid)
    // If the process ends in between, the next start queues the study again. The user has received no confirmation.
    if (effect === 'cancelled') recorder.cancelled(study)
    return effect
  }
}

/**
 * Queues a study that the archive announced, unless only our own results are new in it. A study that lost our results
 * (deleted and sent again) is queued, so that they are delivered again. Its content is recorded only after queueing, so
 * that if the process ends in between, the study is queued once more. An unknown study that has our report was analysed
 * before the state folder was lost.
 */
export function arrivalTaker(store: Store, takeStudy: TakeStudy, log: Log): TakeArrival {
  return async (arrival, lane = 'normal') => {
    const { study, reported = false } = arrival
    const { studyInstanceUid } = study
    const own = store.results.ownSeries(studyInstanceUid)
    const noted = store.studies.content(studyInstanceUid)
    const known = store.studies.get(studyInstanceUid)
    const noteArrival = (): void => {
      store.studies.noteContent(studyInstanceUid, withArrival(noted, arrival, own))
    }
    const lostResults = known !== undefined && hasLostResults(known, arrival, store)
    const isUnchanged = isNoted(noted, arrival, own) && !lostResults
    if (isUnchanged || (known === undefined && reported)) {
      // What former versions noted lacks the patient and the times.
      if (known !== undefined && isUnchanged) noteArrival()
      log.info('study.unchanged', { studyInstanceUid })
      return 'unchanged'
    }
    const effect = await takeStudy(study, lane, 'arrived')
    noteArrival()
    return effect
  }
}

/**
 * Whether the archive had our results and no longer has them. Results may be in another archive. So of a study that was
 * not announced, something must have arrived afterwards.
 */
function hasLostResults(
  { study: { studyInstanceUid, orthancId }, progress, updatedAt }: StudyRecord,
  { study, series, foundFrom }: StudyArrival,
  { results, deliveries }: Store,
): boolean {
  // Another patient's study with the same UID never had them.
  if (orthancId !== undefined && study.orthancId !== undefined && orthancId !== study.orthancId) return false
  const own = results.ownSeries(studyInstanceUid)
  const isOnItsWay = deliveries
    .ofStudy(studyInstanceUid)
    .some(({ target, state }) => target === 'archive' && state !== 'done')
  if (progress.state !== 'done' || own.size === 0 || isOnItsWay) return false
  if (foundFrom !== undefined && foundFrom <= updatedAt) return false
  return !series.some(({ seriesInstanceUid }) => own.has(seriesInstanceUid))
}

/** Looks again at the studies that ended and that the archive no longer lists: they may be deleted. */
export function missingTaker({ studies }: Store, takeStudy: TakeStudy) {
  return async (orthancIds: ReadonlySet<string>): Promise<void> => {
    for (const { study, progress } of studies.since(new Date(0))) {
      const isGone = study.orthancId !== undefined && !orthancIds.has(study.orthancId)
      const isKnown = progress.state === 'skipped' && progress.problem.code === 'DELETED'
      if (isGone && isFinished(progress.state) && !isKnown) await takeStudy(study, 'backfill', 'arrived')
    }
  }
}

/** Backfill is refused while this many studies are waiting, so that years of past studies do not fill the queue. */
const mostWaiting = 20

/** A past study of the archive. With its series, our own results do not count as new objects later. */
interface PastStudy {
  readonly study: StudyRef
  readonly series: StudyArrival['series'] | undefined
}

/**
 * Queues a past study of the archive behind all others. A known study is not analysed again, whatever its outcome.
 * @throws SERVICE_BACKFILL_FULL
 */
export async function takePastStudy(
  { study, series }: PastStudy,
  { studies, results }: Store,
  takeStudy: TakeStudy,
): Promise<EnqueueEffect> {
  const { studyInstanceUid } = study
  if (studies.get(studyInstanceUid) !== undefined) return 'unchanged'
  const { waiting } = studies.countByState()
  if (waiting >= mostWaiting) throw backfillFull(waiting)
  const effect = await takeStudy(study, 'backfill', 'arrived')
  if (series !== undefined)
    studies.noteContent(
      studyInstanceUid,
      withArrival(undefined, { study, series }, results.ownSeries(studyInstanceUid)),
    )
  return effect
}

function isUnfinished(record: StudyRecord | undefined): boolean {
  return record !== undefined && !isFinished(record.progress.state)
}

/** Reconciles ledger and queue after a process ended between its two writes. Returns how many studies differed. */
export async function resumeStudies(ledger: StudyLedger, recorder: StudyRecorder, queue: Queue): Promise<number> {
  let resumed = 0
  for (const { study, progress } of ledger.unfinished()) {
    const job = await queue.job(study.studyInstanceUid)
    // It may have finished or been cancelled during the call to the queue.
    if (!isUnfinished(ledger.get(study.studyInstanceUid))) continue
    if (job === undefined || isFinished(job.state)) {
      await queue.enqueue(study, 'normal', 'arrived')
      resumed++
    } else if (progress.state === 'active' && job.state === 'waiting') {
      recorder.waiting(study)
      resumed++
    }
  }
  return resumed
}
