import type { ModelLineage } from '../../classify/model-name.ts'
import type { Clock } from '../../clock.ts'
import type { Actor } from '../../web/access/access.ts'
import { modelAmbiguous, modelUnknown } from './errors.ts'
import type { Retraction } from './retraction.ts'
import type { Store } from '../store/store.ts'
import type { StudyRecorder } from '../studies/study-recorder.ts'

/** Retracts a known model. The retraction is durable when the call returns. */
export type RetractModel = (asked: string, actor: Actor) => Retraction

/**
 * @param running the model in use and its origins, which may have no results yet
 * @throws SERVICE_MODEL_UNKNOWN, SERVICE_MODEL_AMBIGUOUS
 */
export function modelRetracter(
  store: Store,
  running: ModelLineage,
  clock: Clock,
  recorder: StudyRecorder,
): RetractModel {
  return (asked, actor) => {
    const known = new Set([...running, ...store.results.models(), ...store.retractions.all().map(({ model }) => model)])
    const model = knownModel(asked, [...known].sort())
    const at = clock.now()
    store.retractions.retract({ model, at, actor })
    store.actions.record({ at, actor, action: 'retract', studyInstanceUid: undefined })
    recorder.modelRetracted(model, store.retractions.progress(model).pending)
    return store.retractions.get(model)!
  }
}

/** Finds a model by full name or by version alone. Rejects an unknown name, which may be a typing error. */
function knownModel(asked: string, known: readonly string[]): string {
  const [model, ...others] = known.filter((one) => one === asked || one.endsWith(`/${asked}`))
  if (model === undefined) throw modelUnknown(known)
  if (others.length > 0) throw modelAmbiguous([model, ...others])
  return model
}
