import type { Clock } from '../../clock.ts'
import { type DeliveryTargets, targetNames } from '../../deliver/delivery-targets.ts'
import type { Log } from '../../log.ts'
import type { DeliveryWatch } from '../deliveries/delivery-watch.ts'
import { withdrawOfOthers } from '../retraction/withdraw-of-others.ts'
import { withdrawRejected } from '../retraction/withdraw-rejected.ts'
import type { Store } from '../store/store.ts'
import { StudyRecorder } from '../studies/study-recorder.ts'

interface RecorderParts {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** The targets of the settings in force. */
  readonly delivery: { readonly targets: () => DeliveryTargets }
}

/** Records what happens to studies, and queues their results for the targets of the settings in force. */
export function recorderOf({ store, clock, log, delivery }: RecorderParts, watch: DeliveryWatch): StudyRecorder {
  const recorder = new StudyRecorder(store.studies, clock, log, {
    deliver: (results, prediction) => {
      const enabled = delivery.targets()
      const names = targetNames.filter((name) => enabled[name] !== undefined)
      store.deliveries.queue(results, names, clock.now())
      withdrawOfOthers(store, prediction, clock.now())
      watch.announce()
    },
    takeBackRejected: (studyInstanceUid, rejected) => {
      withdrawRejected(store, studyInstanceUid, new Set(rejected), clock.now())
    },
  })
  watch.onChange(() => {
    recorder.changed()
  })
  return recorder
}
