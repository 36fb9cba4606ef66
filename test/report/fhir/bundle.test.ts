import { join } from 'node:path'
import { validateResource } from '@medplum/core'
import type { Resource, Task } from '@medplum/fhirtypes'
import { expect } from 'chai'
import { Fhir } from 'fhir'
import { EmbeddedFhir } from '../../../src/deliver/embedded-fhir.ts'
import { FhirServerSink } from '../../../src/deliver/fhir-client.ts'
import { httpService } from '../../../src/clients/http/http-service.ts'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { fhirBundle } from '../../../src/report/fhir/bundle.ts'
import { percent } from '../../../src/report/percent.ts'
import type { FhirBundle } from '../../../src/report/result-objects.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { type FhirServer, startFhirServer } from '../../servers/fhir-server.ts'
import { inTempDir } from '../../service/fixtures.ts'
import type { Prediction } from '../../../src/classify/prediction.ts'
import { fileWithName, namedFiles } from '../../pixels/named-files.ts'
import {
  accessionNumber,
  analysed,
  imagePrediction,
  patient,
  predictionOf,
  sourceHeader,
  studyInstanceUid,
} from '../fixtures.ts'

const options = {
  patientIdentifierSystem: 'urn:oid:2.16.1',
  patientIdentifierSystems: new Map<string, string>(),
  accessionIdentifierSystem: 'urn:oid:2.16.2',
  readingTask: true,
}
const resultKey = 'ab12'.repeat(16)
const jpeg = Uint8Array.of(255, 216, 255, 224, 0, 16)

function bundleOf(prediction: Prediction, key = resultKey): FhirBundle {
  const pictures = prediction.kind === 'analysed' ? prediction.images.map(() => ({ jpeg })) : []
  return fhirBundle(prediction, key, pictures, options)
}

/** The parts of our resources that the tests check. */
interface Looked {
  readonly resourceType: string
  readonly subject?: { readonly reference?: string; readonly display?: string }
  readonly name?: readonly Name[]
  readonly conclusion?: string
  readonly conclusionCode?: readonly Concept[]
  readonly result?: readonly { readonly reference: string }[]
  readonly presentedForm?: readonly { readonly contentType: string; readonly data: string }[]
  readonly valueCodeableConcept?: Concept
  readonly component?: readonly { readonly code: Concept; readonly valueQuantity: { value: number; code: string } }[]
  readonly target?: readonly { readonly reference: string }[]
  readonly agent?: readonly { readonly who: { readonly reference: string } }[]
  readonly meta?: { readonly security?: readonly { readonly code: string }[] }
}
interface Name {
  readonly family?: string
  readonly given?: readonly string[]
  readonly extension?: readonly { readonly valueCode: string }[]
}
interface Concept {
  readonly coding: readonly { readonly code: string }[]
}

function resources(bundle: FhirBundle, resourceType: string): readonly Looked[] {
  return bundle.entry
    .map((entry): Looked => entry.resource)
    .filter((resource) => resource.resourceType === resourceType)
}

const namePartsOf = ({ family, given = [], extension }: Name) => [extension?.[0]?.valueCode, family, ...given]
const report = (bundle: FhirBundle) => resources(bundle, 'DiagnosticReport')[0]!
const codeOf = (concept: Concept | undefined) => concept?.coding[0]?.code

describe('the FHIR bundle', () => {
  let server: FhirServer
  before(async function () {
    this.timeout(60_000)
    server = await startFhirServer()
  })
  after(() => server.stop())
  beforeEach(() => {
    server.repo.clear()
  })

  const variants: Readonly<Record<string, Prediction>> = {
    ...Object.fromEntries(Object.entries(predictionOf).map(([name, make]) => [name, make()])),
    'a source without patient, accession and date': analysed([imagePrediction()], {
      source: sourceHeader({ attributes: { '00100020': undefined, '00080050': undefined, '00080020': undefined } }),
    }),
    'a study date that does not exist': analysed([imagePrediction()], {
      source: sourceHeader({ attributes: { '00080020': { vr: 'DA', Value: ['20260231'] } } }),
    }),
  }

  for (const [name, prediction] of Object.entries(variants)) {
    it(`is valid R4 to two validators: ${name}`, () => {
      const bundle = bundleOf(prediction)
      const { valid, messages } = new Fhir().validate(bundle)
      expect(valid, JSON.stringify(messages)).to.equal(true)
      for (const { resource } of bundle.entry) {
        expect(new Fhir().validate(resource).valid, resource.resourceType).to.equal(true)
        validateResource(resource as Resource)
      }
    })

    it(`names the patient only in Patient, and never calls a study normal: ${name}`, () => {
      const bundle = bundleOf(prediction)
      const text = JSON.stringify(bundle.entry.filter(({ resource }) => resource.resourceType !== 'Patient'))
      for (const part of ['Nguy', 'Mây', patient.ideographic, 'Çelik', patient.birthDate, '2022-01-15']) {
        expect(text).to.not.contain(part)
      }
      expect(text).to.not.match(/normal|healthy/i)
      expect(report(bundleOf(prediction)).conclusion).to.match(/Not for diagnostic use\.$/)
    })
  }

  for (const named of namedFiles) {
    it(`names the patient in the original script: ${named.script}`, () => {
      const { dataset } = parseDicomFile(fileWithName(named))
      const [patient] = resources(bundleOf(analysed([imagePrediction()], { source: dataset })), 'Patient')
      expect(patient?.name?.map(namePartsOf)).to.deep.equal(
        Object.entries(named.name).map(([group, written]) => [
          { Alphabetic: undefined, Ideographic: 'IDE', Phonetic: 'SYL' }[group],
          ...written.split('^'),
        ]),
      )
      expect(new Fhir().validate(patient as object).valid).to.equal(true)
    })
  }

  it('creates a reading task only for a present finding, and never updates it', async () => {
    const presents = Object.entries(predictionOf).filter(([, make]) => {
      const prediction = make()
      return prediction.kind === 'analysed' && prediction.decision === 'present'
    })
    const asked = Object.entries(predictionOf).filter(([, make]) => resources(bundleOf(make()), 'Task').length > 0)
    expect(asked.map(([name]) => name)).to.deep.equal(presents.map(([name]) => name))
    expect(
      resources(fhirBundle(predictionOf.present(), resultKey, [{ jpeg }], { ...options, readingTask: false }), 'Task'),
    ).to.have.length(0)

    const sink = new FhirServerSink(
      httpService({ name: 'the FHIR server', url: server.url, credentials: { kind: 'none' } }),
    )
    const bundle = bundleOf(predictionOf.present(), 'cd34'.repeat(16))
    await sink.store(bundle)
    const tasks = async () =>
      (await server.repo.search<Task>({ resourceType: 'Task' })).entry?.map(({ resource }) => resource!) ?? []
    const [task] = await tasks()
    expect(task).to.include({ status: 'requested', intent: 'proposal', priority: 'urgent' })
    expect(task?.focus?.reference).to.match(/^DiagnosticReport\//)
    await server.repo.updateResource({ ...task!, status: 'completed' })
    await sink.store(bundle)
    expect((await tasks()).map(({ status }) => status)).to.deep.equal(['completed'])
  })

  it('fails both validators if it is deliberately made invalid', () => {
    const entry = bundleOf(predictionOf.present()).entry[0]!
    const broken = { ...entry.resource, status: 7 }
    expect(new Fhir().validate(broken).valid).to.equal(false)
    expect(() => validateResource(broken as unknown as Resource)).to.throw()
  })

  it('has the pneumonia code, its probability, and the kinds as weak evidence if present', () => {
    const prediction = predictionOf.present()
    const bundle = bundleOf(prediction)
    const { pneumonia, bacterial, viral } = prediction.images[0].probabilities
    expect(report(bundle).conclusion)
      .to.contain('Pneumonia: present (probability 87.6 %)')
      .and.to.contain('weak evidence')
    expect(report(bundle).conclusionCode?.map(codeOf)).to.deep.equal(['233604007'])
    expect(report(bundle).presentedForm).to.have.length(1)
    expect(report(bundle).presentedForm?.[0]).to.include({
      contentType: 'image/jpeg',
      data: Buffer.from(jpeg).toString('base64'),
    })
    const [observation] = resources(bundle, 'Observation')
    expect(codeOf(observation?.valueCodeableConcept)).to.equal('52101004')
    expect(observation?.component?.map(({ code, valueQuantity }) => [codeOf(code), valueQuantity.value])).to.deep.equal(
      [
        ['122157', percent(pneumonia)],
        ['53084003', percent(bacterial)],
        ['75570004', percent(viral)],
      ],
    )
    expect(observation?.component?.[0]?.valueQuantity).to.deep.include({ value: 87.6, code: '%' })
  })

  for (const [name, code] of [
    ['absent', '272519000'],
    ['undetermined', '373068000'],
  ] as const) {
    it(`has probability, no conclusion code and no kinds if ${name}`, () => {
      const bundle = bundleOf(predictionOf[name]())
      expect(report(bundle).conclusion).to.contain(`Pneumonia: ${name}`)
      expect(report(bundle)).to.not.have.property('conclusionCode')
      const [observation] = resources(bundle, 'Observation')
      expect(codeOf(observation?.valueCodeableConcept)).to.equal(code)
      expect(observation?.component?.map((component) => codeOf(component.code))).to.deep.equal(['122157'])
      expect(JSON.stringify(bundle)).to.not.match(/bacterial|viral/i)
    })
  }

  for (const [name, reason] of [
    ['refused', 'The patient is 34 years old; the network knows ages 1 to 5.'],
    ['failed', 'The pixel data end before the image does. Send the study again.'],
  ] as const) {
    it(`has a reason and no number if nothing was analysed: ${name}`, () => {
      const bundle = bundleOf(predictionOf[name]())
      expect(report(bundle).conclusion).to.equal(`Not analysed: ${reason} Not for diagnostic use.`)
      expect(resources(bundle, 'Observation')).to.deep.equal([])
      for (const key of ['conclusionCode', 'result', 'presentedForm']) expect(report(bundle)).to.not.have.property(key)
      expect(JSON.stringify(bundle)).to.not.contain('122157')
    })
  }

  it('has one observation per image, and says which images disagree or were not analysed', () => {
    const bundle = bundleOf(predictionOf['images that disagree']())
    const values = resources(bundle, 'Observation').map((observation) => codeOf(observation.valueCodeableConcept))
    expect(values).to.deep.equal(['52101004', '272519000'])
    expect(report(bundle).result).to.have.length(2)
    expect(report(bundle).conclusion).to.contain('give different findings')
    const left = report(bundleOf(predictionOf['one image analysed, one refused']())).conclusion
    expect(left).to.contain('One image was not analysed: The patient is 34 years old')
    const warned = report(bundleOf(predictionOf['whole frame with warnings']())).conclusion
    expect(warned).to.contain('9 years old').and.to.contain('were not located reliably')
  })

  it('identifies the patient by Patient ID only, the study by UID, the order by accession number', () => {
    const bundle = bundleOf(predictionOf.present())
    const patients = bundle.entry.filter((entry) => entry.resource.resourceType === 'Patient')
    expect(patients).to.have.length(1)
    expect(patients[0]!.resource).to.deep.include({ identifier: [{ system: 'urn:oid:2.16.1', value: patient.id }] })
    expect(patients[0]!.request).to.include({
      ifNoneExist: `identifier=${encodeURIComponent(`urn:oid:2.16.1|${patient.id}`)}`,
    })
    expect(JSON.stringify(resources(bundle, 'ImagingStudy')))
      .to.contain(`urn:oid:${studyInstanceUid}`)
      .and.to.contain(accessionNumber)
    const unknown = bundleOf(variants['a source without patient, accession and date']!)
    expect(resources(unknown, 'Patient')).to.deep.equal([])
    expect(report(unknown).subject).to.deep.equal({ display: 'Unknown patient' })
  })

  it('labels every assertion of the algorithm, with provenance', () => {
    const bundle = bundleOf(predictionOf['images that disagree']())
    for (const asserted of [report(bundle), ...resources(bundle, 'Observation')]) {
      expect(asserted.meta?.security?.map(({ code }) => code)).to.deep.equal(['AIAST'])
    }
    const urlOf = (resourceType: string) =>
      bundle.entry.filter(({ resource }) => resource.resourceType === resourceType).map(({ fullUrl }) => fullUrl)
    const [provenance] = resources(bundle, 'Provenance')
    expect(provenance?.target?.map(({ reference }) => reference)).to.have.members([
      ...urlOf('DiagnosticReport'),
      ...urlOf('Observation'),
    ])
    expect(provenance?.agent?.map(({ who }) => who.reference)).to.deep.equal(urlOf('Device'))
  })

  it('is the same for the same result, and has different identifiers for a different one', () => {
    const [once, again] = [bundleOf(predictionOf.present()), bundleOf(predictionOf.present())]
    expect(JSON.stringify(again)).to.equal(JSON.stringify(once))
    const other = bundleOf(predictionOf.present(), 'cd34'.repeat(16))
    const urls = new Set(once.entry.map(({ fullUrl }) => fullUrl))
    expect(urls.size).to.equal(once.entry.length)
    expect(other.entry.filter(({ fullUrl }) => urls.has(fullUrl))).to.deep.equal([])
    const own = (bundle: FhirBundle) =>
      bundle.entry.find(({ resource }) => resource.resourceType === 'DiagnosticReport')
    expect(own(other)?.request.url).to.not.equal(own(once)?.request.url)
  })

  const types = ['DiagnosticReport', 'Observation', 'Device', 'Provenance', 'ImagingStudy', 'Patient'] as const
  const expected = { DiagnosticReport: 1, Observation: 2, Device: 1, Provenance: 1, ImagingStudy: 1, Patient: 1 }

  it('leaves one of each resource on a FHIR server after two deliveries, with valid references', async () => {
    const service = httpService({ name: 'the FHIR server', url: server.url, credentials: { kind: 'none' } })
    const sink = new FhirServerSink(service)
    for (let time = 0; time < 2; time++) await sink.store(bundleOf(predictionOf['images that disagree']()))
    const held = new Map<string, readonly Resource[]>()
    for (const resourceType of types) {
      const found = await server.repo.search({ resourceType })
      held.set(resourceType, found.entry?.flatMap(({ resource }) => (resource === undefined ? [] : [resource])) ?? [])
    }
    const counts = Object.fromEntries([...held].map(([resourceType, found]) => [resourceType, found.length]))
    expect(counts).to.deep.equal(expected)
    const all = [...held.values()].flat()
    expectReferencesAmong(
      JSON.stringify(all),
      all.map(({ resourceType, id }) => `${resourceType}/${id ?? ''}`),
    )
  })

  it('leaves one of each resource in the embedded store', () =>
    inTempDir(async (dir) => {
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      const sink = new EmbeddedFhir(store.fhir)
      for (let time = 0; time < 2; time++) await sink.store(bundleOf(predictionOf['images that disagree']()))
      const held = types.map((resourceType) => [resourceType, store.fhir.search(resourceType)] as const)
      store.close()
      expect(Object.fromEntries(held.map(([resourceType, found]) => [resourceType, found.length]))).to.deep.equal(
        expected,
      )
      const all = held.flatMap(([, found]) => found)
      expectReferencesAmong(
        JSON.stringify(all),
        all.map(({ resourceType, id }) => `${resourceType}/${id}`),
      )
    }))
})

function expectReferencesAmong(text: string, known: readonly string[]): void {
  const references = [...text.matchAll(/"reference":"([^"]+)"/g)].map(([, reference]) => reference)
  expect(references.length).to.be.above(8)
  for (const reference of references) expect(known).to.include(reference)
}
