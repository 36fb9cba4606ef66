import type { StudyArrival } from '../../intake/change-feed.ts'
import type { StudyRef } from '../../intake/study.ts'
import { backfillFull } from './errors.ts'
import type { Log } from '../../log.ts'
import { isFinished } from '../queue/job-states.ts'
import type { CancelEffect, EnqueueCause, EnqueueEffect, Lane, Queue } from '../queue/queue.ts'
import type { Store, StudyLedger, StudyRecord } from '../store/store.ts'
import type { StudyRecorder } from './study-recorder.ts'

/** Durably takes a study in; every way into the service ends here. When it returns, a feed may move on. */
export type TakeStudy = (study: StudyRef, lane: Lane, cause: EnqueueCause) => Promise<EnqueueEffect>

/** Durably takes in what the archive names, be it by its change feed or by the plugin's push. */
export type TakeArrival = (arrival: StudyArrival, lane?: Lane) => Promise<EnqueueEffect>

export function studyTaker(recorder: StudyRecorder, queue: Queue, log: Log): TakeStudy {
  return async (study, lane, cause) => {
    // First the ledger: a worker may have the job before this line's successor returns, and looks the study up there.
    recorder.arrived(study)
    const effect = await queue.enqueue(study, lane, cause)
    log.info('study.arrived', { studyInstanceUid: study.studyInstanceUid, lane, effect })
    return effect
  }
}

/** Takes a study out of the queue again, as a person asks. */
export type CancelStudy = (study: StudyRef) => Promise<CancelEffect>

export function studyCanceller(recorder: StudyRecorder, queue: Queue): CancelStudy {
  return async (study) => {
    const effect = await queue.cancel(study.studyInstanceUid)
    // A process that ends between the two takes the study up again at its next start: nobody was told that it was cancelled.
    if (effect === 'cancelled') recorder.cancelled(study)
    return effect
  }
}

/**
 * Takes in what the archive names, unless the study holds nothing new but our own results: storing those is not "the study grew". A study
 * that has lost them, deleted and sent again, is taken in: they are delivered anew. What it held is noted after it is in the
 * queue, so that a process that ends between the two takes it in once more.
 */
export function arrivalTaker(store: Store, takeStudy: TakeStudy, log: Log): TakeArrival {
  return async ({ study, series }, lane = 'normal') => {
    const { studyInstanceUid } = study
    const own = store.results.ownSeries(studyInstanceUid)
    const content = contentOf(series, own)
    const lostResults =
      store.studies.get(studyInstanceUid)?.progress.state === 'done' &&
      own.size > 0 &&
      !series.some(({ seriesInstanceUid }) => own.has(seriesInstanceUid))
    if (content === store.studies.content(studyInstanceUid) && !lostResults) {
      log.info('study.unchanged', { studyInstanceUid })
      return 'unchanged'
    }
    const effect = await takeStudy(study, lane, 'arrived')
    store.studies.noteContent(studyInstanceUid, content)
    return effect
  }
}

/** More than this never wait when a past study is taken: a backfill of years would be a queue of years. */
const mostWaiting = 20

/** A study of the archive's past. Where it is told what it holds, our own results are no growth of it, as with every arrival. */
interface PastStudy {
  readonly study: StudyRef
  readonly series: StudyArrival['series'] | undefined
}

/**
 * Takes in a study of the archive's past behind all others, if it is not known yet: one that is, whatever became of it, is not
 * analysed again.
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
    studies.noteContent(studyInstanceUid, contentOf(series, results.ownSeries(studyInstanceUid)))
  return effect
}

function contentOf(series: StudyArrival['series'], own: ReadonlySet<string>): string {
  const others = series.filter(({ seriesInstanceUid }) => !own.has(seriesInstanceUid))
  return others
    .map(({ seriesInstanceUid, instanceCount }) => `${seriesInstanceUid}:${instanceCount}`)
    .sort()
    .join(' ')
}

function isUnfinished(record: StudyRecord | undefined): boolean {
  return record !== undefined && !isFinished(record.progress.state)
}

/** Brings ledger and queue together again after a process ended between writing the one and the other. Says how many differed. */
export async function resumeStudies(ledger: StudyLedger, recorder: StudyRecorder, queue: Queue): Promise<number> {
  let resumed = 0
  for (const { study, progress } of ledger.unfinished()) {
    const job = await queue.job(study.studyInstanceUid)
    // It may have ended, or been cancelled, while the queue was asked.
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
