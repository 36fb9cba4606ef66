import { expect } from 'chai'
import { EmbeddedFhir } from '../../src/deliver/embedded-fhir.ts'
import type { FhirBundle } from '../../src/report/result-objects.ts'
import { failureOf } from '../servers/failure-of.ts'
import { sampleBundle } from '../servers/fhir-samples.ts'
import { MemoryFhirStore } from './memory-fhir-store.ts'

describe('the embedded FHIR store', () => {
  it('keeps one of each resource with valid references after repeated bundles', async () => {
    const store = new MemoryFhirStore()
    await new EmbeddedFhir(store).store(sampleBundle('A'))
    const once = [...store.resources]
    await new EmbeddedFhir(store).store(sampleBundle('A'))
    expect([...store.resources]).to.deep.equal(once)
    expect(store.resources.size).to.equal(3)
    const [observation] = store.search('Observation')
    const subject = observation?.['subject'] as { reference: string }
    const device = observation?.['device'] as { reference: string }
    expect(store.resources.has(subject.reference), subject.reference).to.equal(true)
    expect(store.resources.has(device.reference), device.reference).to.equal(true)
    expect(observation?.id).to.match(/^[A-Za-z0-9.-]{1,64}$/)
  })

  it('keeps resources of different identifiers apart', async () => {
    const store = new MemoryFhirStore()
    for (const value of ['A', 'B']) await new EmbeddedFhir(store).store(sampleBundle(value))
    expect(store.search('Observation')).to.have.length(2)
  })

  it('updates the match of a conditional update, and keeps that of a conditional create', async () => {
    const store = new MemoryFhirStore()
    const identifier = [{ system: 'urn:lung-triage:test', value: 'A' }]
    store.putAll([
      { resourceType: 'Patient', id: 'already-there', identifier, active: true },
      { resourceType: 'Device', id: 'old', identifier, status: 'inactive' },
    ])
    await new EmbeddedFhir(store).store(sampleBundle('A'), 'withdrawal')
    expect(store.search('Patient')).to.deep.equal([
      { resourceType: 'Patient', id: 'already-there', identifier, active: true },
    ])
    await new EmbeddedFhir(store).store(sampleBundle('A'))
    expect(store.search('Patient'), 'a new result knows the patient as corrected').to.deep.equal([
      { resourceType: 'Patient', id: 'already-there', identifier },
    ])
    expect(store.search('Device').map((device) => [device.id, 'status' in device])).to.deep.equal([['old', false]])
    expect(store.search('Observation')[0]).to.deep.include({
      subject: { reference: 'Patient/already-there' },
      device: { reference: 'Device/old' },
    })
  })

  for (const [title, request] of [
    ['a search by another parameter', { method: 'PUT', url: 'Device?model=x' }],
    ['a search by two parameters', { method: 'PUT', url: 'Device?identifier=urn:a|1&status=active' }],
    ['a search by an identifier without a system', { method: 'PUT', url: 'Device?identifier=1' }],
    ['an update without an id', { method: 'PUT', url: 'Device' }],
    ['an update with an empty id', { method: 'PUT', url: 'Device/' }],
    ['a conditional create by another parameter', { method: 'POST', url: 'Device', ifNoneExist: 'model=x' }],
  ] as const) {
    it(`writes nothing of a bundle with ${title}`, async () => {
      const store = new MemoryFhirStore()
      const bundle: FhirBundle = sampleBundle('A')
      const entry = { ...bundle.entry[2]!, request }
      const failure = await failureOf(new EmbeddedFhir(store).store({ ...bundle, entry: [...bundle.entry, entry] }))
      expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_EMBEDDED_CONDITION', 'permanent'])
      expect(store.resources.size).to.equal(0)
    })
  }

  it('keeps one resource of a create without a condition, however often it is repeated', async () => {
    const store = new MemoryFhirStore()
    const resource = { resourceType: 'Task', status: 'requested' }
    const entry = [{ fullUrl: 'urn:uuid:1', resource, request: { method: 'POST', url: 'Task' } as const }]
    for (let times = 0; times < 2; times++) {
      await new EmbeddedFhir(store).store({ resourceType: 'Bundle', type: 'transaction', entry })
    }
    const others = [{ ...entry[0]!, resource: { ...resource, status: 'completed' } }]
    await new EmbeddedFhir(store).store({ resourceType: 'Bundle', type: 'transaction', entry: others })
    expect([...store.resources.values()].map((one) => one['status'])).to.deep.equal(['requested', 'completed'])
  })

  it('updates by id, and understands a condition that repeats the address', async () => {
    const store = new MemoryFhirStore()
    const identifier = [{ system: 'urn:a', value: '1' }]
    store.putAll([{ resourceType: 'Patient', id: 'kept', identifier }])
    const entries = [
      { resource: { resourceType: 'Device', status: 'active' }, request: { method: 'PUT', url: 'Device/d1' } },
      {
        resource: { resourceType: 'Patient', identifier },
        request: { method: 'POST', url: 'Patient', ifNoneExist: 'http://server/Patient?identifier=urn:a|1' },
      },
    ] as const
    const entry = entries.map((one, index) => ({ fullUrl: `urn:uuid:${index}`, ...one }))
    await new EmbeddedFhir(store).store({ resourceType: 'Bundle', type: 'transaction', entry })
    expect([...store.resources.keys()].sort()).to.deep.equal(['Device/d1', 'Patient/kept'])
  })

  it('finds an identifier with an escaped value', async () => {
    const store = new MemoryFhirStore()
    const system = 'urn:test'
    const value = 'A|1,2$3\\4'
    const search = `identifier=${encodeURIComponent(`${system}|${value.replace(/[\\|,$]/g, '\\$&')}`)}`
    const bundle: FhirBundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: 'urn:uuid:1',
          resource: { resourceType: 'Patient', identifier: [{ system, value }] },
          request: { method: 'PUT', url: `Patient?${search}` },
        },
      ],
    }
    await new EmbeddedFhir(store).store(bundle)
    const [patient] = store.search('Patient', { system, value })
    // A store may assign its own ids, so the second delivery must find the patient by identifier.
    store.resources.clear()
    store.putAll([{ ...patient!, id: 'another-id' }])
    await new EmbeddedFhir(store).store(bundle)
    expect([...store.resources.keys()]).to.deep.equal(['Patient/another-id'])
  })
})
