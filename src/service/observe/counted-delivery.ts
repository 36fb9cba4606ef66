import type { DeliveryTargets } from '../../deliver/deliver.ts'
import type { DicomStore } from '../../deliver/dicom-store.ts'
import type { Metrics } from './metrics.ts'

/** The targets, with each delivery counted by target and by whether it succeeded. */
export function countedDelivery(targets: DeliveryTargets, metrics: Metrics): DeliveryTargets {
  const { structuredReport, pictures, segmentations, fhir, hl7, priority, onward } = targets
  // From nought, so that the first failure is an increase.
  for (const target of Object.keys(targets)) {
    for (const outcome of ['delivered', 'failed']) metrics.deliveries.inc({ target, outcome }, 0)
  }
  const counted = async <Outcome>(target: keyof DeliveryTargets, delivery: Promise<Outcome>): Promise<Outcome> => {
    try {
      const outcome = await delivery
      metrics.deliveries.inc({ target, outcome: 'delivered' })
      return outcome
    } catch (error) {
      metrics.deliveries.inc({ target, outcome: 'failed' })
      throw error
    }
  }
  const dicom = (target: keyof DeliveryTargets, store: DicomStore): DicomStore => ({
    storeObjects: (objects) => counted(target, store.storeObjects(objects)),
  })
  // Every target by its name: one that is added later is missing here and does not compile.
  const all: Required<{ [Target in keyof DeliveryTargets]: DeliveryTargets[Target] | undefined }> = {
    structuredReport: structuredReport && dicom('structuredReport', structuredReport),
    pictures: pictures && dicom('pictures', pictures),
    segmentations: segmentations && dicom('segmentations', segmentations),
    fhir: fhir && { store: (bundle) => counted('fhir', fhir.store(bundle)) },
    hl7: hl7 && { send: (message) => counted('hl7', hl7.send(message)) },
    priority: priority && {
      raise: (study) => counted('priority', priority.raise(study)),
      takeBack: (study) => priority.takeBack(study),
    },
    onward: onward && { handOn: (objects) => counted('onward', onward.handOn(objects)) },
  }
  return withoutUndefined(all)
}

function withoutUndefined(targets: {
  [Target in keyof DeliveryTargets]: DeliveryTargets[Target] | undefined
}): DeliveryTargets {
  return Object.fromEntries(Object.entries(targets).filter(([, target]) => target !== undefined))
}
