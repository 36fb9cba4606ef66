import type { ModelIdentity, Prediction } from '../../classify/prediction.ts'
import { aiAsserted, assemblerAgent } from './codeable-concept.ts'
import { type FhirEntry, dicomUidIdentifier, ownEntry } from './identifier.ts'
import { manufacturer } from '../sr/report-context.ts'
import { uidFor } from '../uids.ts'
import { notForDiagnosticUse } from '../wording.ts'

/**
 * The algorithm, identified by the Device Observer UID of the Structured Report. Different weights make a different
 * device.
 */
export function deviceEntry(fullUrl: string, model: ModelIdentity): FhirEntry {
  const identifier = dicomUidIdentifier(uidFor(model.digest, 'device'))
  const resource = {
    resourceType: 'Device',
    identifier: [identifier],
    status: 'active',
    manufacturer,
    deviceName: [{ name: model.name, type: 'model-name' }],
    version: [{ value: model.version }, { type: { text: 'SHA-256 of weights and settings' }, value: model.digest }],
    note: [{ text: `${notForDiagnosticUse}.` }],
  }
  return ownEntry(fullUrl, resource, identifier)
}

/**
 * Who made the results, when and from what. Provenance has no identifier in R4, so its id identifies it, which derives
 * from the result.
 */
export function provenanceEntry(
  fullUrl: string,
  { analysedAt }: Prediction,
  references: { readonly targets: readonly string[]; readonly device: string; readonly imagingStudy: string },
): FhirEntry {
  const id = fullUrl.replace('urn:uuid:', '')
  const resource = {
    resourceType: 'Provenance',
    id,
    target: references.targets.map((reference) => ({ reference })),
    recorded: new Date(analysedAt).toISOString(),
    reason: [{ coding: [aiAsserted] }],
    agent: [{ type: assemblerAgent, who: { reference: references.device } }],
    entity: [{ role: 'source', what: { reference: references.imagingStudy } }],
  }
  return { fullUrl, resource, request: { method: 'PUT', url: `Provenance/${id}` } }
}
