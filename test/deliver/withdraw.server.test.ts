import { expect } from 'chai'
import { deliverResults } from '../../src/deliver/deliver.ts'
import { OrthancPriority } from '../../src/deliver/orthanc-priority.ts'
import { archiveTarget } from '../../src/deliver/targets/archive-target.ts'
import { fhirTarget } from '../../src/deliver/targets/fhir-target.ts'
import { hl7Target } from '../../src/deliver/targets/hl7-target.ts'
import { priorityTarget } from '../../src/deliver/targets/priority-target.ts'
import { sendToTarget } from '../../src/deliver/targets/send-to-target.ts'
import { withdrawResult } from '../../src/deliver/withdraw.ts'
import { exchange, exchangeJson } from '../../src/clients/http/exchange.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import type { ResultObjects } from '../../src/report/result-objects.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { dicomObjects, resultNames } from '../../src/report/result-kinds.ts'
import { hl7Receiver, reportOptions } from '../report/report-options.ts'
import { patient, predictionOf, previewsOf } from '../report/fixtures.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { failureOf } from '../servers/failure-of.ts'
import { startFaultyProxy } from '../servers/faulty-proxy.ts'
import { withOrthanc } from '../servers/orthanc.ts'
import { z } from 'zod'

const prediction = predictionOf.present()
const { studyInstanceUid } = prediction
const at = '2026-04-02T10:00:00.000+02:00'

describe('withdrawing a result from the archive', () => {
  const orthanc = withOrthanc()
  const results = () =>
    buildResults(
      prediction,
      previewsOf(prediction),
      reportOptions({ Results: { Segmentation: true }, Hl7: hl7Receiver }),
    )

  const kinds = ['structuredReport', 'pictures', 'segmentations'] as const
  const targets = () => ({
    archive: archiveTarget(kinds, orthanc().dicomWeb),
    priority: priorityTarget(new OrthancPriority(orthanc().client, { label: 'pneumonia-suspected', metadata: 4701 })),
  })
  const withdrawnOf = (built: ResultObjects, raisedByAnother = () => false) => ({
    ...{ prediction, results: built, cause: 'model-retracted' as const, at, raisedByAnother },
  })

  const get = { method: 'GET', effect: 'read', maxBytes: 2 ** 20 } as const
  const list = (path: string) => exchangeJson(orthanc().rest, { ...get, path }, z.array(z.unknown()))
  const orthancId = async () => (await orthanc().client.lookup('Study', studyInstanceUid))[0]!
  /** Whether the study has the mark, as a label or, before Orthanc 1.12, as metadata. */
  const isMarked = async () => {
    const marks = (await orthanc().client.system()).HasLabels ? 'labels' : 'metadata'
    return (await list(`/studies/${await orthancId()}/${marks}`)).some((one) =>
      ['pneumonia-suspected', '4701'].includes(String(one)),
    )
  }
  const notes = async () => {
    const series = (await orthanc().client.seriesOfStudy(await orthancId())) ?? []
    return series.filter(({ MainDicomTags }) => MainDicomTags.Modality === 'KO').flatMap((one) => one.Instances)
  }

  beforeEach(async () => {
    for (const id of await orthanc().client.lookup('Study', studyInstanceUid))
      await exchange(orthanc().rest, { ...get, method: 'DELETE', accept: '*/*', path: `/studies/${id}` })
  })

  const deliver = async (raisedByAnother?: () => boolean) => {
    await orthanc().send(childChestRadiograph({ studyInstanceUid, tags: { PatientID: patient.id } }))
    const built = await results()
    await deliverResults(built, 'raised', targets())
    expect(await isMarked()).to.equal(true)
    return withdrawnOf(built, raisedByAnother)
  }

  it('forwards the note if SendTo is set, and nothing if the study no longer exists', async () => {
    const handedOn: string[] = []
    const sendTo = sendToTarget(kinds, {
      forward: (objects) => {
        handedOn.push(...objects.map(({ kind }) => kind))
        return Promise.resolve([])
      },
    })
    await withdrawResult(await deliver(), { ...targets(), sendTo })
    expect(handedOn).to.deep.equal(['rejection-note'])
    await exchange(orthanc().rest, { ...get, method: 'DELETE', accept: '*/*', path: `/studies/${await orthancId()}` })
    await withdrawResult(withdrawnOf(await results()), { ...targets(), sendTo })
    expect(handedOn).to.have.length(1)
  })

  it('stores one rejection note for SR, picture and segmentation and removes the mark, even if repeated', async () => {
    const withdrawn = await deliver()
    await withdrawResult(withdrawn, targets())
    await withdrawResult(withdrawn, targets())
    const stored = await notes()
    expect(stored).to.have.length(1)
    const file = await orthanc().client.instanceFile(stored[0]!, 2 ** 20)
    const content = JSON.stringify(parseDicomFile(file!).dataset['0040A730'])
    const objects = dicomObjects(withdrawn.results.parts)
    expect(objects.map(({ kind }) => kind)).to.deep.equal(['structured-report', 'secondary-capture', 'segmentation'])
    for (const { sopInstanceUid } of objects) expect(content).to.include(sopInstanceUid)
    expect(await isMarked()).to.equal(false)
  })

  for (const name of resultNames) {
    it(`withdraws ${name} if nothing else was written`, async () => {
      await orthanc().send(childChestRadiograph({ studyInstanceUid, tags: { PatientID: patient.id } }))
      const built = await results()
      const sent: string[] = []
      const keep = (what: string) => Promise.resolve(void sent.push(what))
      const acknowledged = { has: () => false, add: () => undefined }
      const written = { ...built, parts: { [name]: built.parts[name] } }
      await deliverResults(written, 'routine', { archive: targets().archive })
      await withdrawResult(withdrawnOf(written), {
        ...targets(),
        fhir: fhirTarget(['fhir'], { store: (bundle) => keep(JSON.stringify(bundle)) }),
        hl7: hl7Target(['hl7'], { send: ({ bytes }) => keep(new TextDecoder().decode(bytes)) }, acknowledged),
      })
      const notesStored = (await notes()).map(() => 'was withdrawn')
      expect([...sent, ...notesStored]).to.have.length(1)
      expect([...sent, ...notesStored][0]).to.match(/withdrawn/i)
    })
  }

  it('stores no note in the archive where none of the objects stands any more', async () => {
    const withdrawn = await deliver()
    for (const { MainDicomTags, Instances } of (await orthanc().client.seriesOfStudy(await orthancId())) ?? [])
      if (MainDicomTags.Modality !== 'CR')
        for (const id of Instances)
          await exchange(orthanc().rest, { ...get, method: 'DELETE', accept: '*/*', path: `/instances/${id}` })
    await withdrawResult(withdrawn, targets())
    expect(await notes()).to.deep.equal([])
  })

  it('keeps the mark if another valid result also raised it', async () => {
    await withdrawResult(await deliver(() => true), targets())
    expect(await isMarked()).to.equal(true)
  })

  it('restores the mark if a valid result arrives while it is being removed', async () => {
    let looks = 0
    await withdrawResult(await deliver(() => ++looks > 1), targets())
    expect(await isMarked()).to.equal(true)
  })

  it('does not recreate a study that the archive no longer has', async () => {
    await withdrawResult(withdrawnOf(await results()), targets())
    expect(await orthanc().client.lookup('Study', studyInstanceUid)).to.deep.equal([])
  })

  it('removes the mark if the note could not be stored, and reports that failure', async () => {
    const withdrawn = await deliver()
    const proxy = await startFaultyProxy(orthanc().dicomWeb.url)
    try {
      proxy.fault = { kind: 'status', status: 503 }
      const archive = archiveTarget(kinds, { ...orthanc().dicomWeb, url: proxy.url })
      const failure = await failureOf(withdrawResult(withdrawn, { ...targets(), archive }))
      expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_BUSY', 'transient'])
      expect(await isMarked()).to.equal(false)
      expect(await notes()).to.deep.equal([])
      // The archive is up again.
      proxy.fault = { kind: 'none' }
      await withdrawResult(withdrawn, { ...targets(), archive })
      expect(await notes()).to.have.length(1)
    } finally {
      await proxy.stop()
    }
  })
})
