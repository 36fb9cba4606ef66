import { type TriageError, asTriageError } from '../errors.ts'
import type { DicomObject, ResultObjects } from '../report/result-objects.ts'
import type { DicomStore } from './dicom-store.ts'
import { throwFailures } from './errors.ts'
import type { FhirSink } from './fhir-sink.ts'
import type { Hl7Sink } from './hl7-sink.ts'
import type { Onward } from './onward.ts'
import type { Priority, PriorityMark } from './priority.ts'
import type { DeliveryOutcome, DeliveryReceipt, ModalityOutcome } from './receipt.ts'

/** Where each kind of result goes; a kind without a target is off. */
export interface DeliveryTargets {
  readonly structuredReport?: DicomStore
  readonly pictures?: DicomStore
  readonly segmentations?: DicomStore
  readonly fhir?: FhirSink
  readonly hl7?: Hl7Sink
  readonly priority?: PriorityMark
  /** Takes what the DICOM targets have stored. */
  readonly onward?: Onward
}

/**
 * Delivers a study's results. Every target is tried whatever becomes of the others, and all are safe to try again.
 * @throws after all were tried: the one failure, or DELIVER_SEVERAL_FAILED
 */
export async function deliverResults(
  results: ResultObjects,
  priority: Priority,
  targets: DeliveryTargets,
): Promise<DeliveryReceipt> {
  const failures: TriageError[] = []
  const attempt = <Outcome>(delivery: Promise<Outcome> | undefined): Promise<Outcome | undefined> | undefined =>
    delivery?.catch((thrown: unknown) => {
      failures.push(asTriageError(thrown))
      return undefined
    })
  const deliveries = dicomDeliveries(results, targets)
  const dicom = deliveries.map(({ objects, target }) => target.storeObjects(objects))
  const [onward] = await Promise.all([
    attempt(handOn(deliveries, dicom, targets.onward)),
    ...dicom.map(attempt),
    attempt(targets.fhir?.store(results.fhir)),
    // Results that were built before the setting was made hold no message.
    attempt(results.hl7 && targets.hl7?.send(results.hl7)),
    attempt(priority === 'raised' ? targets.priority?.raise(results.studyInstanceUid) : undefined),
  ])
  throwFailures(failures)
  return {
    structuredReport: outcomeOf(targets.structuredReport),
    pictures: outcomeOf(targets.pictures),
    segmentations: outcomeOf(targets.segmentations),
    fhir: outcomeOf(targets.fhir),
    hl7: outcomeOf(results.hl7 && targets.hl7),
    priority: { status: targets.priority === undefined ? 'off' : priority },
    onward: onward ?? [],
  }
}

interface DicomDelivery {
  readonly objects: readonly DicomObject[]
  readonly target: DicomStore
}

/** The DICOM objects that these targets are written, each with where it goes. */
export function dicomDeliveries(results: ResultObjects, targets: DeliveryTargets): readonly DicomDelivery[] {
  const { structuredReport, pictures, segmentations } = targets
  return [
    { objects: [results.structuredReport], target: structuredReport },
    { objects: results.pictures.map((picture) => picture.object), target: pictures },
    { objects: results.segmentations, target: segmentations },
  ].flatMap(({ objects, target }) => (target === undefined ? [] : [{ objects, target }]))
}

/** Waits until the archive has the objects; where it did not take them all, nothing is handed on at this attempt. */
async function handOn(
  deliveries: readonly DicomDelivery[],
  stored: readonly Promise<void>[],
  onward: Onward | undefined,
): Promise<readonly ModalityOutcome[]> {
  if (onward === undefined) return []
  const settled = await Promise.allSettled(stored)
  if (settled.some(({ status }) => status === 'rejected')) return []
  return onward.handOn(deliveries.flatMap(({ objects }) => objects))
}

/** A receipt is given only where every target did its part. */
function outcomeOf(target: DicomStore | FhirSink | Hl7Sink | undefined): DeliveryOutcome {
  return { status: target === undefined ? 'off' : 'stored' }
}
