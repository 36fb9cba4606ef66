import { expect } from 'chai'
import { deliverResults } from '../../src/deliver/deliver.ts'
import { StowStore } from '../../src/deliver/dicom-store.ts'
import { OrthancPriority } from '../../src/deliver/orthanc-priority.ts'
import { ArchivedRejectionNotes } from '../../src/deliver/rejection-notes.ts'
import { type WithdrawalTargets, withdrawResult } from '../../src/deliver/withdraw.ts'
import { exchange, exchangeJson } from '../../src/clients/http/exchange.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { dejavuFonts } from '../report/picture/picture-fonts.ts'
import { patient, predictionOf, previewsOf } from '../report/fixtures.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { failureOf } from '../servers/failure-of.ts'
import { startFaultyProxy } from '../servers/faulty-proxy.ts'
import { withOrthanc } from '../servers/orthanc.ts'
import { z } from 'zod'

const prediction = predictionOf.present()
const { studyInstanceUid } = prediction
const retractedAt = '2026-04-02T10:00:00.000+02:00'

describe('withdrawing a result from the archive', () => {
  const orthanc = withOrthanc()
  const results = () =>
    buildResults(prediction, previewsOf(prediction), {
      fonts: dejavuFonts(),
      segmentLungs: true,
      patientIdentifierSystem: 'urn:test:patient',
      readingTask: false,
      accessionIdentifierSystem: 'urn:test:accession',
    })

  const targets = (raisedByAnother: WithdrawalTargets['raisedByAnother'] = () => false): WithdrawalTargets => {
    const dicom = new StowStore(orthanc().dicomWeb)
    return {
      structuredReport: dicom,
      pictures: dicom,
      segmentations: dicom,
      priority: new OrthancPriority(orthanc().client, { label: 'pneumonia-suspected', metadata: 4701 }),
      rejectionNotes: new ArchivedRejectionNotes(orthanc().dicomWeb, dicom),
      raisedByAnother,
    }
  }

  const get = { method: 'GET', effect: 'read', maxBytes: 2 ** 20 } as const
  const list = (path: string) => exchangeJson(orthanc().rest, { ...get, path }, z.array(z.unknown()))
  const orthancId = async () => (await orthanc().client.lookup('Study', studyInstanceUid))[0]!
  /** Whether the study bears the mark, as a label or, before Orthanc 1.12, as metadata. */
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

  const deliver = async () => {
    await orthanc().send(childChestRadiograph({ studyInstanceUid, tags: { PatientID: patient.id } }))
    const built = await results()
    await deliverResults(built, 'raised', targets())
    expect(await isMarked()).to.equal(true)
    return { prediction, results: built, retractedAt }
  }

  it('hands the note on to those who were handed the objects, and nothing where the study is gone', async () => {
    const handedOn: string[] = []
    const onward = {
      handOn: (objects: readonly { kind: string }[]) => {
        handedOn.push(...objects.map(({ kind }) => kind))
        return Promise.resolve([])
      },
    }
    await withdrawResult(await deliver(), { ...targets(), onward })
    expect(handedOn).to.deep.equal(['rejection-note'])
    await exchange(orthanc().rest, { ...get, method: 'DELETE', accept: '*/*', path: `/studies/${await orthancId()}` })
    await withdrawResult({ prediction, results: await results(), retractedAt }, { ...targets(), onward })
    expect(handedOn).to.have.length(1)
  })

  it('stores one rejection note that names SR, picture and segmentation, and takes the mark back, however often', async () => {
    const withdrawn = await deliver()
    await withdrawResult(withdrawn, targets())
    await withdrawResult(withdrawn, targets())
    const stored = await notes()
    expect(stored).to.have.length(1)
    const file = await orthanc().client.instanceFile(stored[0]!, 2 ** 20)
    const content = JSON.stringify(parseDicomFile(file!).dataset['0040A730'])
    const { structuredReport, pictures, segmentations } = withdrawn.results
    expect(segmentations).to.have.length(1)
    for (const { sopInstanceUid } of [structuredReport, pictures[0]!.object, segmentations[0]!])
      expect(content).to.include(sopInstanceUid)
    expect(await isMarked()).to.equal(false)
  })

  it('leaves the mark where a result that stands raised it too', async () => {
    await withdrawResult(
      await deliver(),
      targets(() => true),
    )
    expect(await isMarked()).to.equal(true)
  })

  it('marks again where such a result comes while the mark is being taken back', async () => {
    let looks = 0
    await withdrawResult(
      await deliver(),
      targets(() => ++looks > 1),
    )
    expect(await isMarked()).to.equal(true)
  })

  it('brings no study back that the archive has no longer', async () => {
    await withdrawResult({ prediction, results: await results(), retractedAt }, targets())
    expect(await orthanc().client.lookup('Study', studyInstanceUid)).to.deep.equal([])
  })

  it('takes the mark back though the note could not be stored, and says what failed', async () => {
    const withdrawn = await deliver()
    const proxy = await startFaultyProxy(orthanc().dicomWeb.url)
    try {
      proxy.fault = { kind: 'status', status: 503 }
      const service = { ...orthanc().dicomWeb, url: proxy.url }
      const rejectionNotes = new ArchivedRejectionNotes(service, new StowStore(service))
      const failure = await failureOf(withdrawResult(withdrawn, { ...targets(), rejectionNotes }))
      expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_BUSY', 'transient'])
      expect(await isMarked()).to.equal(false)
      expect(await notes()).to.deep.equal([])
      // The archive is back.
      proxy.fault = { kind: 'none' }
      await withdrawResult(withdrawn, { ...targets(), rejectionNotes })
      expect(await notes()).to.have.length(1)
    } finally {
      await proxy.stop()
    }
  })
})
