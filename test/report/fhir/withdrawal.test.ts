import { validateResource } from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import { expect } from 'chai'
import { Fhir } from 'fhir'
import { join } from 'node:path'
import { EmbeddedFhir } from '../../../src/deliver/embedded-fhir.ts'
import { FhirServerSink } from '../../../src/deliver/fhir-client.ts'
import { httpService } from '../../../src/clients/http/http-service.ts'
import { fhirBundle } from '../../../src/report/fhir/bundle.ts'
import { withdrawnBundle } from '../../../src/report/fhir/withdrawal.ts'
import type { FhirBundle, FhirResource } from '../../../src/report/result-objects.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { type FhirServer, startFhirServer } from '../../servers/fhir-server.ts'
import { inTempDir } from '../../service/fixtures.ts'
import { type AnalysedPrediction, model, predictionOf } from '../fixtures.ts'

const options = {
  patientIdentifierSystem: 'urn:oid:2.16.1',
  patientIdentifierSystems: new Map<string, string>(),
  readingTask: true,
  accessionIdentifierSystem: 'urn:oid:2.16.2',
}
const at = '2026-04-02T10:00:00.000+02:00'
const jpeg = Uint8Array.of(255, 216, 255, 224)

function bundles(prediction: AnalysedPrediction | ReturnType<typeof predictionOf.refused>): readonly FhirBundle[] {
  const pictures = prediction.kind === 'analysed' ? prediction.images.map(() => ({ jpeg })) : []
  const bundle = fhirBundle(prediction, 'ab12'.repeat(16), pictures, options)
  return [bundle, withdrawnBundle(bundle, { cause: 'model-retracted', model, at })]
}

/** A withdrawn record. */
function expectWithdrawn(reports: readonly FhirResource[], observations: readonly FhirResource[]): void {
  expect([reports.length, observations.length]).to.deep.equal([1, 2])
  for (const resource of [...reports, ...observations]) expect(resource['status']).to.equal('entered-in-error')
  expect(reports[0]!['conclusion']).to.match(/^Withdrawn\. The model .* was retracted on 2026-04-02\./)
  expect(reports[0]).to.not.have.any.keys('conclusionCode', 'presentedForm')
  expect(JSON.stringify(observations)).to.include('"value":91.2').and.include('Withdrawn. ')
}

describe('the imaging study of a result', () => {
  const requestOf = ({ entry }: FhirBundle) =>
    entry.find(({ resource }) => resource.resourceType === 'ImagingStudy')?.request

  it('is created only where it is absent', () => {
    for (const bundle of bundles(predictionOf.present()))
      expect(requestOf(bundle))
        .to.deep.include({ method: 'POST', url: 'ImagingStudy' })
        .and.have.property('ifNoneExist')
  })

  it('is rewritten for a study that was corrected to another patient, and not by the withdrawal of that result', () => {
    const [bundle, withdrawn] = bundles({ ...predictionOf.present(), followsAnotherPatient: true })
    const [usual] = bundles(predictionOf.present())
    const condition = requestOf(usual!)!.ifNoneExist
    expect(requestOf(bundle!)).to.deep.equal({ method: 'PUT', url: `ImagingStudy?${condition!}` })
    expect(requestOf(withdrawn!)).to.deep.equal({ method: 'POST', url: 'ImagingStudy', ifNoneExist: condition })
  })

  it('is as in the later result at a server that gets both, in either order of the withdrawal', async () => {
    const [former, withdrawn] = bundles(predictionOf.present())
    const patient = { ...predictionOf.present().source, '00100020': { vr: 'LO', Value: ['OTHER'] } }
    const [corrected] = bundles({ ...predictionOf.present(), source: patient, followsAnotherPatient: true })
    for (const order of [
      [former, corrected, withdrawn],
      [former, withdrawn, corrected],
    ])
      await inTempDir(async (dir) => {
        const store = new SqliteStore(join(dir, 'store.sqlite'))
        for (const bundle of order)
          await new EmbeddedFhir(store.fhir).store(bundle!, bundle === withdrawn ? 'withdrawal' : undefined)
        const other = store.fhir.search('Patient').find((one) => JSON.stringify(one['identifier']).includes('OTHER'))
        const [study, ...more] = store.fhir.search('ImagingStudy')
        expect([study?.['subject'], more]).to.deep.equal([{ reference: `Patient/${other!.id}` }, []])
        store.close()
      })
  })
})

describe('withdrawing a result in FHIR', () => {
  let server: FhirServer
  before(async function () {
    this.timeout(60_000)
    server = await startFhirServer()
  })
  after(() => server.stop())

  for (const [name, make] of Object.entries(predictionOf)) {
    it(`is valid R4 to two validators, and creates no task: ${name}`, () => {
      const withdrawn = bundles(make())[1]!
      expect(withdrawn.entry.map(({ resource }) => resource.resourceType)).to.not.include('Task')
      const { valid, messages } = new Fhir().validate(withdrawn)
      expect(valid, JSON.stringify(messages)).to.equal(true)
      for (const { resource } of withdrawn.entry) validateResource(resource as Resource)
    })
  }

  it('leaves one report and one of each observation as entered-in-error on a server after repeats', async () => {
    const sink = new FhirServerSink(httpService({ name: 'it', url: server.url, credentials: { kind: 'none' } }))
    const [delivered, withdrawn] = bundles(predictionOf['images that disagree']())
    for (const bundle of [delivered!, withdrawn!, withdrawn!]) await sink.store(bundle)
    const held = async (resourceType: 'DiagnosticReport' | 'Observation' | 'Patient') =>
      ((await server.repo.search({ resourceType })).entry ?? []).map(
        ({ resource }) => resource as unknown as FhirResource,
      )
    expectWithdrawn(await held('DiagnosticReport'), await held('Observation'))
    expect(await held('Patient')).to.have.length(1)
  })

  it('leaves the same in the embedded store', () =>
    inTempDir(async (dir) => {
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      const sink = new EmbeddedFhir(store.fhir)
      const [delivered, withdrawn] = bundles(predictionOf['images that disagree']())
      for (const bundle of [delivered!, withdrawn!, withdrawn!]) await sink.store(bundle)
      expectWithdrawn(store.fhir.search('DiagnosticReport'), store.fhir.search('Observation'))
      store.close()
    }))
})
