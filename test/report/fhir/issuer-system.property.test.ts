import { expect } from 'chai'
import fc from 'fast-check'
import type { PatientIdIssuer } from '../../../src/dicom/patient-identity.ts'
import { EmbeddedFhir } from '../../../src/deliver/embedded-fhir.ts'
import { fhirBundle } from '../../../src/report/fhir/bundle.ts'
import { humanNames } from '../../../src/report/fhir/human-name.ts'
import { systemOfIssuer } from '../../../src/report/fhir/issuer-system.ts'
import { fhirResult } from '../../../src/report/fhir/fhir-result.ts'
import { oruMessage } from '../../../src/report/hl7/oru.ts'
import { studyAttributes } from '../../../src/report/source-attributes.ts'
import { withoutServers } from '../../../src/settings/settings.ts'
import { MemoryFhirStore } from '../../deliver/memory-fhir-store.ts'
import { analysed, imagePrediction, sourceHeader } from '../fixtures.ts'
import { hl7Parties, readOru } from '../hl7/oru-reader.ts'

const own = fc.constantFrom(
  'urn:lung-triage:patient-id',
  'urn:oid:2.16.840.1',
  'urn:uuid:0c4be10a-2f5f-4b7c-9d0b-b2c3a1f7e615',
  'https://hospital.example/patient-id',
  'http://hospital.example',
)
const part = fc.string({
  unit: fc.constantFrom('|', ',', '$', '\\', ':', '/', '%', '&', '^', ' ', 'A', 'a', '0', '.', 'é', '雲', '😀'),
  minLength: 1,
  maxLength: 8,
})
const name = fc.oneof(part, fc.constantFrom('NORTH', 'ISO:1.2', 'constructor', '__proto__', 'toString', '%3A', ':'))
const universal = fc.oneof(
  fc.record({ type: fc.constant('ISO'), id: fc.constantFrom('1.2.3', '1.2.30', '2.16.840.2', '01.2', 'x') }),
  fc.record({ type: fc.constant('UUID'), id: fc.oneof(fc.uuid(), fc.constant('none')) }),
  fc.record({ type: fc.constant('DNS'), id: fc.oneof(fc.domain(), name) }),
  fc.record({
    type: fc.constant('URI'),
    id: fc.constantFrom(
      'https://north.example/ids',
      'https://north.example/ids|1',
      'urn:lung-triage:patient-id:NORTH',
      'https://hospital.example/patient-id/NORTH',
      'http://hospital.example/NORTH',
      'urn:lung-triage:oid:2.16.840.1:NORTH',
      'no uri',
    ),
  }),
)
const issuer: fc.Arbitrary<PatientIdIssuer> = fc.oneof(
  name.map((namespace) => ({ namespace })),
  universal.map((one) => ({ universal: one })),
  fc.record({ namespace: name, universal }),
)

const none = new Map<string, string>()
/** What distinguishes an issuer: the universal identifier if there is one. */
const identityOf = ({ namespace, universal: one }: PatientIdIssuer) =>
  JSON.stringify(one === undefined ? [namespace] : [one.type, one.id])

const withIssuer = (id: string, { namespace, universal: one }: PatientIdIssuer) => {
  const item = one && { '00400032': { vr: 'UT', Value: [one.id] }, '00400033': { vr: 'CS', Value: [one.type] } }
  const attributes = {
    '00100020': { vr: 'LO', Value: [id] },
    '00100021': namespace === undefined ? undefined : { vr: 'LO', Value: [namespace] },
    '00100024': item && { vr: 'SQ', Value: [item] },
  }
  return analysed([imagePrediction()], { source: sourceHeader({ attributes }) })
}

describe('the FHIR system of the Patient IDs of an issuer', () => {
  it('is another one for each issuer and is never that of IDs without an issuer', () => {
    fc.assert(
      fc.property(own, issuer, issuer, (patientIdentifierSystem, one, other) => {
        const systems = { patientIdentifierSystem, patientIdentifierSystems: none }
        const [first, second] = [systemOfIssuer(one, systems), systemOfIssuer(other, systems)]
        expect(first === second).to.equal(identityOf(one) === identityOf(other))
        expect(first).to.not.equal(systemOfIssuer(undefined, systems))
      }),
      { numRuns: 2000 },
    )
  })

  it('is an absolute URI without blanks and without the characters that separate a search token', () => {
    fc.assert(
      fc.property(own, issuer, (patientIdentifierSystem, one) => {
        const system = systemOfIssuer(one, { patientIdentifierSystem, patientIdentifierSystems: none })
        expect(URL.canParse(system), system).to.equal(true)
        expect(system).to.not.match(/[\s|\\,$]/)
        if (system.startsWith('urn:oid:')) expect(system).to.match(/^urn:oid:[0-2](\.(0|[1-9]\d*))+$/)
        expect(system).to.match(/^(?!urn:uuid:)|^urn:uuid:[0-9a-f-]{36}$/)
      }),
      { numRuns: 1000 },
    )
  })

  it('is that of the standard for an OID, a UUID and a URI, and otherwise states type and name', () => {
    const of = (type: string, id: string, patientIdentifierSystem = 'urn:lung-triage:patient-id') =>
      systemOfIssuer({ universal: { type, id } }, { patientIdentifierSystem, patientIdentifierSystems: none })
    const uuid = '0C4BE10A-2F5F-4B7C-9D0B-B2C3A1F7E615'
    expect(of('ISO', '1.2.840.1')).to.equal('urn:oid:1.2.840.1')
    expect(of('UUID', uuid)).to.equal(`urn:uuid:${uuid.toLowerCase()}`)
    expect(of('URI', 'https://north.example/ids')).to.equal('https://north.example/ids')
    expect(of('DNS', 'north.example')).to.equal('urn:lung-triage:patient-id:DNS:north.example')
    expect(of('DNS', 'north.example', 'https://h.example/id')).to.equal('https://h.example/id/DNS/north.example')
    expect(of('DNS', 'n', 'urn:oid:2.16.1')).to.equal('urn:lung-triage:oid:2.16.1:DNS:n')
    const systems = { patientIdentifierSystem: 'urn:ids', patientIdentifierSystems: none }
    expect(systemOfIssuer({ namespace: 'St. John|A' }, systems)).to.equal('urn:ids:St.%20John%7CA')
  })

  it('is the one that the hospital set for the universal identifier, or for the name if there is no other', () => {
    const systems = {
      patientIdentifierSystem: 'urn:ids',
      patientIdentifierSystems: new Map([
        ['NORTH', 'urn:north'],
        ['1.2.3', 'urn:ids'],
      ]),
    }
    const universalOf = (id: string) => ({ id, type: 'ISO' })
    expect(systemOfIssuer({ namespace: 'NORTH' }, systems)).to.equal('urn:north')
    expect(systemOfIssuer({ namespace: 'SOUTH', universal: universalOf('1.2.3') }, systems)).to.equal('urn:ids')
    // Two issuers may have the same local name.
    expect(systemOfIssuer({ namespace: 'NORTH', universal: universalOf('1.2.4') }, systems)).to.equal('urn:oid:1.2.4')
  })
})

describe('patients of the same ID and different issuers', () => {
  it('are two patients in FHIR, each with its own study', async () => {
    const options = {
      patientIdentifierSystem: 'urn:ids',
      patientIdentifierSystems: none,
      accessionIdentifierSystem: 'urn:acc',
      readingTask: false,
    }
    const store = new MemoryFhirStore()
    const issuers = [{ namespace: 'NORTH' }, { namespace: 'SOUTH' }, {}]
    for (const [index, one] of issuers.entries())
      await new EmbeddedFhir(store).store(fhirBundle(withIssuer('1001', one), `${index}`.repeat(64), [], options))
    const identifiers = store.search('Patient').map((patient) => patient['identifier'])
    expect(identifiers).to.deep.equal([
      [{ system: 'urn:ids:NORTH', value: '1001' }],
      [{ system: 'urn:ids:SOUTH', value: '1001' }],
      [{ system: 'urn:ids', value: '1001' }],
    ])
    const subjects = store.search('DiagnosticReport').map((report) => report['subject'])
    expect(new Set(subjects.map((subject) => JSON.stringify(subject))).size).to.equal(3)
  })

  it('have a name without control characters, and none if it has several values', () => {
    const namesOf = (...Value: readonly unknown[]) => {
      const source = sourceHeader({ attributes: { '00100010': { vr: 'PN', Value } } })
      return humanNames(analysed([imagePrediction()], { source }))
    }
    expect(namesOf({ Alphabetic: 'Ev|il^Na\x0b\x1cme\rMSH|EVIL\nPID' })).to.deep.equal([
      { family: 'Ev|il', given: ['Na me MSH|EVIL PID'] },
    ])
    expect(namesOf('Doe\x85^\tAnn\r')).to.deep.equal([{ family: 'Doe', given: ['Ann'] }])
    expect(namesOf({ Alphabetic: 'One^A' }, { Alphabetic: 'Two^B' })).to.deep.equal([])
  })

  it('have the system that the settings map to their issuer', async () => {
    const systems = [{ Issuer: 'NORTH', System: 'urn:north' }]
    const build = fhirResult.builder(withoutServers({ Fhir: { PatientIdentifierSystems: systems } }))
    const bundle = await build?.({
      prediction: withIssuer('1001', { namespace: 'NORTH' }),
      resultKey: 'a'.repeat(64),
      pictures: Promise.resolve([]),
    })
    const patient = bundle?.entry.find(({ resource }) => resource.resourceType === 'Patient')
    expect(patient?.request.ifNoneExist).to.equal(`identifier=${encodeURIComponent('urn:north|1001')}`)
  })

  it('have the assigning authority of HL7 with name, universal identifier and type', () => {
    const written = (one: PatientIdIssuer) =>
      new TextDecoder().decode(oruMessage(withIssuer('1001', one), 'ab12'.repeat(16), hl7Parties).bytes)
    const pid3 = (one: PatientIdIssuer) => /\rPID\|1\|\|([^|]*)\|/.exec(written(one))?.[1]
    const oid = { id: '1.2.3', type: 'ISO' }
    expect(pid3({})).to.equal('1001')
    expect(pid3({ namespace: 'NORTH' })).to.equal('1001^^^NORTH')
    expect(pid3({ namespace: 'NORTH', universal: oid })).to.equal('1001^^^NORTH&1.2.3&ISO')
    expect(pid3({ universal: oid })).to.equal('1001^^^&1.2.3&ISO')
    expect(pid3({ namespace: 'N&S^|' })).to.equal('1001^^^N\\T\\S\\S\\\\F\\')
    const message = readOru(oruMessage(withIssuer('1001', { universal: oid }), 'ab12'.repeat(16), hl7Parties))
    expect(message.field('PID', 3)[0]?.[0]).to.equal('1001')
  })

  it('have the same issuer in the DICOM results as in the image', () => {
    const { source } = withIssuer('\xa01001', { namespace: 'NORTH', universal: { id: '1.2.3', type: 'ISO' } })
    expect(studyAttributes(source)).to.deep.include({
      PatientID: '\xa01001',
      IssuerOfPatientID: 'NORTH',
      IssuerOfPatientIDQualifiersSequence: [{ UniversalEntityID: '1.2.3', UniversalEntityIDType: 'ISO' }],
    })
  })
})
