import { defineError, defineSummary } from '../errors/triage-error.ts'

export const embeddedConditionUnsupported = defineError(
  'DELIVER_EMBEDDED_CONDITION',
  'permanent',
  (resourceType: string) =>
    `A ${resourceType} is written under a condition that the embedded FHIR store does not support. It supports identifier=system|value and an id.`,
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
    `${server} did not confirm ${count} of the objects sent. Sending them again is safe.`,
)

export const studyNotMarked = defineError(
  'DELIVER_STUDY_NOT_MARKED',
  'permanent',
  () => 'The study cannot be marked as urgent: Orthanc no longer has it. Send it again.',
)

export const resourcesRejected = defineError(
  'DELIVER_RESOURCES_REJECTED',
  'permanent',
  (server: string, reasons: readonly string[]) => `${server} did not accept every resource: ${reasons.join('; ')}.`,
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
    `Orthanc has no modality ${modality}. Add it to DicomModalities, or remove it from Results.SendTo.`,
)

export const modalityFailed = defineError(
  'DELIVER_MODALITY_FAILED',
  'transient',
  (modality: string) =>
    `Orthanc could not send the results to ${modality}. Check that it runs, that DicomModalities has its address, and that it accepts our SOP classes.`,
)

export const objectsNotCommitted = defineError(
  'DELIVER_NOT_COMMITTED',
  'transient',
  (modality: string, count: number) =>
    `${modality} did not commit to storing ${count} of the objects that it received.`,
)

export const objectsNotThere = defineError(
  'DELIVER_OBJECTS_NOT_THERE',
  'transient',
  () => 'Orthanc does not have the results to send. DicomWeb.Url and Orthanc.Url must name the same archive.',
)

/** Several targets failed, each in its own way. */
export const severalFailed = defineSummary('DELIVER_SEVERAL_FAILED')
