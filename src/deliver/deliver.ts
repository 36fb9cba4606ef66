import { type TriageError, asTriageError } from '../errors.ts'
import type { ResultObjects } from '../report/result-objects.ts'
import type { DicomStore } from './dicom-store.ts'
import { severalFailed } from './errors.ts'
import type { FhirSink } from './fhir-sink.ts'
import type { Hl7Sink } from './hl7-sink.ts'
import type { Priority, PriorityMark } from './priority.ts'
import type { DeliveryOutcome, DeliveryReceipt } from './receipt.ts'

/** Where each kind of result goes; a kind without a target is off. */
export interface DeliveryTargets {
  readonly structuredReport?: DicomStore
  readonly pictures?: DicomStore
  readonly segmentations?: DicomStore
  readonly fhir?: FhirSink
  readonly hl7?: Hl7Sink
  readonly priority?: PriorityMark
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
  const attempt = async (delivery: Promise<void> | undefined): Promise<DeliveryOutcome> => {
    if (delivery === undefined) return { status: 'off' }
    await delivery.catch((thrown: unknown) => failures.push(asTriageError(thrown)))
    return { status: 'stored' }
  }
  const [structuredReport, pictures, segmentations, fhir, hl7] = await Promise.all([
    attempt(targets.structuredReport?.storeObjects([results.structuredReport])),
    attempt(targets.pictures?.storeObjects(results.pictures.map((picture) => picture.object))),
    attempt(targets.segmentations?.storeObjects(results.segmentations)),
    attempt(targets.fhir?.store(results.fhir)),
    // Results that were built before the setting was made hold no message.
    attempt(results.hl7 && targets.hl7?.send(results.hl7)),
    attempt(priority === 'raised' ? targets.priority?.raise(results.studyInstanceUid) : undefined),
  ])
  if (failures.length > 1) throw severalFailed(failures)
  if (failures[0]) throw failures[0]
  return {
    structuredReport,
    pictures,
    segmentations,
    fhir,
    hl7,
    priority: { status: targets.priority === undefined ? 'off' : priority },
  }
}
