import type { DeliveryTargets } from '../../deliver/deliver.ts'
import { StowStore } from '../../deliver/dicom-store.ts'
import { FhirServerSink } from '../../deliver/fhir-client.ts'
import type { FhirSink } from '../../deliver/fhir-sink.ts'
import type { Hl7Sink } from '../../deliver/hl7-sink.ts'
import { MllpSender } from '../../deliver/hl7-sender.ts'
import { OrthancModalities } from '../../clients/orthanc-modalities.ts'
import { OrthancOnward } from '../../deliver/orthanc-onward.ts'
import { OrthancPriority } from '../../deliver/orthanc-priority.ts'
import { type AcknowledgedMessages, SendOnce } from '../../deliver/send-once.ts'
import type { HttpService } from '../../clients/http/http-service.ts'
import type { OrthancClient } from '../../clients/orthanc-client.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Servers } from '../../clients/servers.ts'

interface TargetState {
  /** What need not be sent again; undefined where it is to be sent each time. */
  readonly acknowledged: AcknowledgedMessages | undefined
  /** Where FHIR goes when no server is set; undefined where that is not this process's task. */
  readonly embeddedFhir: FhirSink | undefined
}

/** Where results go by the settings. */
export function targetsOf(
  { Results }: Settings,
  servers: Servers,
  orthanc: OrthancClient | undefined,
  { acknowledged, embeddedFhir }: TargetState,
): DeliveryTargets {
  const dicom = new StowStore(servers.dicomWeb)
  const fhir = servers.fhir === undefined ? embeddedFhir : new FhirServerSink(servers.fhir)
  return {
    ...(Results.StructuredReport && { structuredReport: dicom }),
    ...(Results.SecondaryCapture && { pictures: dicom }),
    ...(Results.Segmentation && { segmentations: dicom }),
    ...(Results.Fhir && fhir !== undefined && { fhir }),
    ...(servers.hl7 !== undefined && { hl7: hl7Target(new MllpSender(servers.hl7), acknowledged) }),
    ...(orthanc !== undefined && servers.orthanc !== undefined && orthancTargets(Results, orthanc, servers.orthanc)),
  }
}

function hl7Target(sender: Hl7Sink, acknowledged: AcknowledgedMessages | undefined): Hl7Sink {
  return acknowledged === undefined ? sender : new SendOnce(sender, acknowledged)
}

/** What only Orthanc does. */
function orthancTargets(
  Results: Settings['Results'],
  client: OrthancClient,
  server: HttpService,
): Pick<DeliveryTargets, 'priority' | 'onward'> {
  const mark = { label: Results.PriorityLabel, metadata: Results.PriorityMetadata }
  const onward = { modalities: Results.SendTo, commitmentTimeoutMs: Results.CommitmentSeconds * 1000 }
  return {
    ...(Results.Priority !== false && { priority: new OrthancPriority(client, mark) }),
    ...(Results.SendTo.length > 0 && { onward: new OrthancOnward(client, new OrthancModalities(server), onward) }),
  }
}
