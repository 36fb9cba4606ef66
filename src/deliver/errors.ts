import { defineError, defineSummary } from '../errors/triage-error.ts'

export const embeddedConditionUnsupported = defineError(
  'DELIVER_EMBEDDED_CONDITION',
  'permanent',
  (resourceType: string) =>
    `A ${resourceType} is written under a condition that the embedded FHIR store does not know. Only identifier=system|value and an id are.`,
)

export const objectsRejected = defineError(
  'DELIVER_OBJECTS_REJECTED',
  'permanent',
  (server: string, reasons: readonly string[]) => `${server} did not store every object: ${reasons.join('; ')}.`,
)

export const objectsPostponed = defineError(
  'DELIVER_OBJECTS_POSTPONED',
  'transient',
  (server: string, reasons: readonly string[]) =>
    `${server} could not store every object now: ${reasons.join('; ')}. Check its disk space and log.`,
)

export const objectsUnconfirmed = defineError(
  'DELIVER_OBJECTS_UNCONFIRMED',
  'ambiguous',
  (server: string, count: number) =>
    `${server} says nothing about ${count} of the objects sent. Sending the same again is safe.`,
)

export const studyNotMarked = defineError(
  'DELIVER_STUDY_NOT_MARKED',
  'permanent',
  () => 'The study was to be raised in priority, but Orthanc does not have it any more. Send it again.',
)

export const resourcesRejected = defineError(
  'DELIVER_RESOURCES_REJECTED',
  'permanent',
  (server: string, reasons: readonly string[]) => `${server} did not take every resource: ${reasons.join('; ')}.`,
)

export const resourcesConflict = defineError(
  'DELIVER_RESOURCES_CONFLICT',
  'transient',
  (server: string) => `${server} was changing the same resources at the same time (HTTP 409).`,
)

export const modalityUnknown = defineError(
  'DELIVER_MODALITY_UNKNOWN',
  'permanent',
  (modality: string) =>
    `Orthanc knows no modality ${modality}. Add it to DicomModalities, or take it out of Results.SendTo.`,
)

export const modalityFailed = defineError(
  'DELIVER_MODALITY_FAILED',
  'transient',
  (modality: string) =>
    `Orthanc could not hand the results on to ${modality}. Check that it runs, its address in DicomModalities, and that it takes our SOP classes.`,
)

export const objectsNotCommitted = defineError(
  'DELIVER_NOT_COMMITTED',
  'transient',
  (modality: string, count: number) => `${modality} did not commit itself to keep ${count} of the objects it was sent.`,
)

export const objectsNotThere = defineError(
  'DELIVER_OBJECTS_NOT_THERE',
  'transient',
  () => 'Results that were to be handed on are not in Orthanc. DicomWeb.Url and Orthanc.Url must be the same archive.',
)

/** Several targets failed, each in its own way. */
export const severalFailed = defineSummary('DELIVER_SEVERAL_FAILED')
