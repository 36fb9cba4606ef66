import { type Prediction, isPresent } from '../../classify/prediction.ts'
import { diagnosticReportEntry } from './diagnostic-report.ts'
import { deviceEntry, provenanceEntry } from './device.ts'
import { uuidUrl } from './identifier.ts'
import { observationEntry } from './observation.ts'
import {
  type FhirOptions,
  type FhirReference,
  imagingStudyEntry,
  patientEntry,
  patientIdentifier,
} from './imaging-study.ts'
import { readingTaskEntry } from './reading-task.ts'
import type { FhirBundle } from '../result-objects.ts'

export type { FhirOptions } from './imaging-study.ts'

/**
 * The finding on a study as a FHIR R4 transaction: report, one observation per analysed image, the algorithm as device,
 * provenance, and patient and study if the server lacks them. The same arguments give the same bundle. A server that
 * receives it twice keeps one of each resource.
 * @param resultKey the identity of the result, from which identifiers derive
 * @param pictures one per analysed image, in the order of `Prediction.images`
 */
export function fhirBundle(
  prediction: Prediction,
  resultKey: string,
  pictures: readonly { readonly jpeg: Uint8Array }[],
  options: FhirOptions,
): FhirBundle {
  const url = (part: string) => uuidUrl(resultKey, part)
  const patient = patientIdentifier(prediction, options)
  const subject: FhirReference = patient === undefined ? { display: 'Unknown patient' } : { reference: url('patient') }
  const [report, device, imagingStudy] = [url('report'), url('device'), url('imaging-study')]
  const images = prediction.kind === 'analysed' ? prediction.images : []
  const observations = images.map((_, index) => url(`observation-${index + 1}`))
  const context = { resultKey, subject, device, imagingStudy, observations, pictures }
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      diagnosticReportEntry(report, prediction, context, options),
      ...(prediction.kind === 'analysed'
        ? prediction.images.map((image, index) => observationEntry(observations[index]!, image, prediction, context))
        : []),
      deviceEntry(device, prediction.model),
      provenanceEntry(url('provenance'), prediction, { targets: [report, ...observations], device, imagingStudy }),
      imagingStudyEntry(imagingStudy, prediction, subject, options),
      ...(options.readingTask && isPresent(prediction)
        ? [readingTaskEntry(url('reading-task'), prediction, { resultKey, subject, device, report })]
        : []),
      ...(patient === undefined ? [] : [patientEntry(url('patient'), patient, prediction)]),
    ],
  }
}
