import type { SharedQueue } from '../cluster/open-shared-queue.ts'
import { systemClock } from '../../clock.ts'
import { catchUp, followReports } from '../cluster/follow-reports.ts'
import type { Log } from '../../log.ts'
import { WorkerReportHandler } from '../cluster/worker-report-handler.ts'
import type { SharedWork } from './start-service.ts'
import type { Store } from '../store/store.ts'
import type { StudyRecorder } from '../studies/study-recorder.ts'
import { resumeStudies } from '../studies/take-study.ts'

const reconcileEveryMs = 60_000

/** The coordinator's side of shared work. */
export function sharedWork(
  { queue, reporter, results, reader, retractions }: SharedQueue,
  store: Store,
  log: Log,
): SharedWork {
  const options = (recorder: StudyRecorder) => ({
    ...{ reader, reconcileEveryMs, clock: systemClock, log },
    handler: new WorkerReportHandler(recorder, { store, queue, results, log }),
    reconcile: async () => {
      await resumeStudies(store.studies, recorder, queue)
      for (const retraction of store.retractions.all()) await retractions.tell(retraction)
    },
  })
  return {
    reporter,
    tellRetraction: (retraction) => retractions.tell(retraction),
    catchUp: (recorder) => catchUp(options(recorder)),
    follow: (recorder) => followReports(options(recorder)),
  }
}
