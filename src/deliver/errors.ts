import { defineError, defineSummary } from '../errors/triage-error.ts'

export const embeddedConditionUnsupported = defineError(
  'DELIVER_EMBEDDED_CONDITION',
  'permanent',
  (resourceType: string) =>
    `The embedded FHIR store does not support the condition on a ${resourceType}. It supports an id or identifier=system|value.`,
)

export const objectsRejected = defineError(
  'DELIVER_OBJECTS_REJECTED',
  'permanent',
  (server: string, reasons: readonly string[]) =>
    `${server} did not store all objects: ${reasons.join('; ')}. Check its log.`,
)

export const objectsPostponed = defineError(
  'DELIVER_OBJECTS_POSTPONED',
  'transient',
  (server: string, reasons: readonly string[]) =>
    `${server} could not store all objects yet: ${reasons.join('; ')}. Check its disk space and log.`,
)

export const objectsUnconfirmed = defineError(
  'DELIVER_OBJECTS_UNCONFIRMED',
  'ambiguous',
  (server: string, count: number) =>
    `${server} did not confirm ${count} of the objects sent. Sending them again is safe.`,
)

export const objectDiscarded = defineError(
  'DELIVER_OBJECT_DISCARDED',
  'transient',
  (server: string, kind: string) =>
    `${server} confirmed the ${kind} but does not have it. A filter may discard it: let the filter accept results (Orthanc: ReceivedInstanceFilter in Lua or Python).`,
)

export const objectRenamed = defineError(
  'DELIVER_OBJECT_RENAMED',
  'permanent',
  (server: string, kind: string) =>
    `${server} stored the ${kind} under another SOP Instance UID, so it could not be withdrawn later. Let it store images without lossy compression (Orthanc: IngestTranscoding).`,
)

export const studyNotMarked = defineError(
  'DELIVER_STUDY_NOT_MARKED',
  'permanent',
  () => 'The study cannot be marked as urgent: Orthanc no longer has it. Send it again.',
)

export const resourcesRejected = defineError(
  'DELIVER_RESOURCES_REJECTED',
  'permanent',
  (server: string, reasons: readonly string[]) =>
    `${server} did not accept all resources: ${reasons.join('; ')}. Check its log.`,
)

export const resourcesConflict = defineError(
  'DELIVER_RESOURCES_CONFLICT',
  'transient',
  (server: string) => `${server} reported a concurrent change to the same resources (HTTP 409).`,
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
    `Orthanc could not send the results to ${modality}. Check that it runs, that DicomModalities has its address, and that it accepts the SOP classes of the results.`,
)

export const objectsNotCommitted = defineError(
  'DELIVER_NOT_COMMITTED',
  'transient',
  (modality: string, count: number) =>
    `${modality} did not commit to storing ${count} of the objects it received. Check its storage and log.`,
)

export const objectsNotThere = defineError(
  'DELIVER_OBJECTS_NOT_THERE',
  'transient',
  () => 'Orthanc does not have the results to send. DicomWeb.Url and Orthanc.Url must name the same archive.',
)

/** Several targets failed, each with its own error. */
export const severalFailed = defineSummary('DELIVER_SEVERAL_FAILED')
