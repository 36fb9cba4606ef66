import type { FhirBundle } from '../../src/report/result-objects.ts'

const system = 'urn:lung-triage:test'
const patient = 'urn:uuid:00000000-0000-4000-8000-000000000001'
const device = 'urn:uuid:00000000-0000-4000-8000-000000000002'
const observation = 'urn:uuid:00000000-0000-4000-8000-000000000003'

/** A transaction like ours: conditional updates, a conditional create, and references between entries. */
export function sampleBundle(value: string): FhirBundle {
  const identifier = [{ system, value }]
  const query = `identifier=${encodeURIComponent(`${system}|${value}`)}`
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: observation,
        resource: {
          resourceType: 'Observation',
          status: 'preliminary',
          identifier,
          code: { coding: [{ system: 'http://snomed.info/sct', code: '233604007', display: 'Pneumonia' }] },
          subject: { reference: patient },
          device: { reference: device },
        },
        request: { method: 'PUT', url: `Observation?${query}` },
      },
      {
        fullUrl: patient,
        resource: { resourceType: 'Patient', identifier },
        request: { method: 'POST', url: 'Patient', ifNoneExist: query },
      },
      {
        fullUrl: device,
        resource: { resourceType: 'Device', identifier, deviceName: [{ name: 'Lung Triage', type: 'model-name' }] },
        request: { method: 'PUT', url: `Device?${query}` },
      },
    ],
  }
}
