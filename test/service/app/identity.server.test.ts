import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import { exchange, exchangeJson } from '../../../src/clients/http/exchange.ts'
import type { ServiceProcess } from '../../../src/demo/service-process.ts'
import { type DemoStack, startStack } from '../../../src/demo/stack.ts'
import { isDelivered, listSchema } from '../delivered.ts'
import { type DicomSample, type SampleOptions, childChestRadiograph } from '../../servers/dicom-samples.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { until } from '../fixtures.ts'

/** The service limits the requests per address. */
const pollMs = 100

const studySchema = z.object({
  ID: z.string(),
  MainDicomTags: z.object({ StudyInstanceUID: z.string() }),
  PatientMainDicomTags: z.object({ PatientID: z.string() }),
})
const seriesSchema = z.array(z.object({ MainDicomTags: z.object({ Modality: z.string() }) }))
const resourcesSchema = z.object({
  entry: z
    .array(
      z.object({ resource: z.looseObject({ id: z.string(), identifier: z.array(z.object({ value: z.string() })) }) }),
    )
    .default([]),
})

/** A rejection note of another system for quality reasons. */
function rejectionOf(image: DicomSample): Uint8Array<ArrayBuffer> {
  const { bytes } = childChestRadiograph({
    studyInstanceUid: image.studyInstanceUid,
    tags: {
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.59',
      Modality: 'KO',
      PatientID: image.patientId,
      PixelData: undefined,
      ConceptNameCodeSequence: [
        { CodeValue: '113001', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Rejected for Quality Reasons' },
      ],
      CurrentRequestedProcedureEvidenceSequence: [
        {
          StudyInstanceUID: image.studyInstanceUid,
          ReferencedSeriesSequence: [
            {
              SeriesInstanceUID: image.seriesInstanceUid,
              ReferencedSOPSequence: [
                { ReferencedSOPClassUID: image.sopClassUid, ReferencedSOPInstanceUID: image.sopInstanceUid },
              ],
            },
          ],
        },
      ],
    },
  })
  return bytes
}

describe('whose a result is, with a real Orthanc', function () {
  this.timeout(240_000)
  let dir: string
  let stack: DemoStack
  let service: ServiceProcess

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-identity-'))
    stack = await startStack(dir)
    service = await stack.startService()
  })

  after(async () => {
    await service.stop('SIGKILL')
    await stack.orthanc.stop('SIGKILL')
    await rm(dir, { recursive: true })
  })

  const read = { method: 'GET', effect: 'read', maxBytes: 2 ** 24 } as const
  const write = { method: 'POST', accept: '*/*', effect: 'write', maxBytes: 2 ** 20 } as const
  const send = async (options: SampleOptions): Promise<DicomSample> => {
    const sample = childChestRadiograph({ rows: 256, columns: 256, ...options })
    await exchange(stack.orthancApi, { ...write, path: '/instances', body: dicom(sample.bytes) })
    return sample
  }
  const worklist = async () =>
    (await exchangeJson(stack.serviceApi, { ...read, path: '/api/studies?period=all' }, listSchema)).studies
  const delivered = (uid: string) =>
    until(async () => (await worklist()).some((one) => one.studyInstanceUid === uid && isDelivered(one)), pollMs)
  const stateOf = async (uid: string) => (await worklist()).find((one) => one.studyInstanceUid === uid)?.state
  const retry = (uid: string) => exchange(stack.serviceApi, { ...write, path: `/api/studies/${uid}/retry` })

  const dicom = (bytes: Uint8Array<ArrayBuffer>) => ({ contentType: 'application/dicom', data: bytes.buffer })
  const json = (data: unknown) => ({ contentType: 'application/json', data: JSON.stringify(data) })
  /** Orthanc's id of a patient. */
  const patientOf = async (patientId: string): Promise<string> => {
    const body = json({ Level: 'Patient', Query: { PatientID: patientId } })
    const found = await exchangeJson(stack.orthancApi, { ...write, path: '/tools/find', body }, z.array(z.string()))
    return found[0]!
  }
  const instanceOf = async ({ sopInstanceUid }: DicomSample): Promise<string> => {
    const body = json({ Level: 'Instance', Query: { SOPInstanceUID: sopInstanceUid } })
    return (await exchangeJson(stack.orthancApi, { ...write, path: '/tools/find', body }, z.array(z.string())))[0]!
  }
  const modifyPatient = async (patientId: string, how: 'modify' | 'anonymize', change: unknown): Promise<void> => {
    const path = `/patients/${await patientOf(patientId)}/${how}`
    await exchange(stack.orthancApi, { ...write, path, body: json(change) })
  }

  /** Modalities of the series of each patient's study with that UID, as Orthanc itself lists them. */
  const heldBy = async (uid: string): Promise<Record<string, readonly string[]>> => {
    const studies = await exchangeJson(stack.orthancApi, { ...read, path: '/studies?expand' }, z.array(studySchema))
    const entries = studies
      .filter(({ MainDicomTags }) => MainDicomTags.StudyInstanceUID === uid)
      .map(async ({ ID, PatientMainDicomTags }) => {
        const series = await exchangeJson(stack.orthancApi, { ...read, path: `/studies/${ID}/series` }, seriesSchema)
        const modalities = series.map(({ MainDicomTags }) => MainDicomTags.Modality)
        return [PatientMainDicomTags.PatientID, modalities.sort()] as const
      })
    return Object.fromEntries(await Promise.all(entries))
  }
  const resources = async (path: string) =>
    (await exchangeJson(stack.serviceApi, { ...read, path: `/fhir/${path}` }, resourcesSchema)).entry
  /** Status of every report on a patient, oldest first. */
  const reportsOn = async (patientId: string): Promise<readonly unknown[]> => {
    const patients = (await resources('Patient')).filter(({ resource }) => resource.identifier[0]?.value === patientId)
    const subjects = new Set(patients.map(({ resource }) => `Patient/${resource.id}`))
    const reports = (await resources('DiagnosticReport')).map(({ resource }) => resource)
    const subjectOf = (resource: Record<string, unknown>) =>
      z.object({ reference: z.string() }).parse(resource['subject'])
    return reports.filter((one) => subjects.has(subjectOf(one).reference)).map((one) => one['status'])
  }

  /** Patient IDs of the patients that have the study, as the FHIR store says. */
  const studyOwners = async (uid: string): Promise<readonly unknown[]> => {
    const ofStudy = (identifier: readonly { value: string }[]) =>
      identifier.some(({ value }) => value === `urn:oid:${uid}`)
    const studies = (await resources('ImagingStudy')).filter(({ resource }) => ofStudy(resource.identifier))
    const patients = new Map((await resources('Patient')).map(({ resource }) => [`Patient/${resource.id}`, resource]))
    const subjects = studies.map(({ resource }) => z.object({ reference: z.string() }).parse(resource['subject']))
    return subjects.map(({ reference }) => patients.get(reference)?.identifier[0]?.value)
  }

  it('follows a study that was sent again under another patient, and brings nothing back', async () => {
    const anna = await send({ tags: { PatientID: 'ANNA-1', PatientName: 'Wrong^Anna', AccessionNumber: 'A' } })
    const uid = anna.studyInstanceUid
    await delivered(uid)
    expect(await heldBy(uid)).to.deep.equal({ 'ANNA-1': ['CR', 'OT', 'SR'] })
    await send({ ...anna, tags: { PatientID: 'BERT-2', PatientName: 'Right^Bert', AccessionNumber: 'B' } })
    await until(
      async () => (await heldBy(uid))['BERT-2']?.length === 3 && (await heldBy(uid))['ANNA-1']?.length === 4,
      pollMs,
    )
    await delivered(uid)
    await until(async () => (await reportsOn('ANNA-1')).includes('entered-in-error'), pollMs)
    expect(await heldBy(uid)).to.deep.equal({ 'ANNA-1': ['CR', 'KO', 'OT', 'SR'], 'BERT-2': ['CR', 'OT', 'SR'] })
    expect([await reportsOn('ANNA-1'), await reportsOn('BERT-2')]).to.deep.equal([
      ['entered-in-error'],
      ['preliminary'],
    ])

    expect(await studyOwners(uid)).to.deep.equal(['BERT-2'])

    await exchange(stack.orthancApi, { ...write, method: 'DELETE', path: `/patients/${await patientOf('ANNA-1')}` })
    await retry(uid)
    await until(async () => (await stateOf(uid)) !== 'done', pollMs)
    await delivered(uid)
    expect(await heldBy(uid)).to.deep.equal({ 'BERT-2': ['CR', 'OT', 'SR'] })
    expect([await reportsOn('ANNA-1'), await reportsOn('BERT-2')]).to.deep.equal([
      ['entered-in-error'],
      ['preliminary'],
    ])
  })

  it('gives each of two studies with the same image UID its own result', async () => {
    const ill = await send({ tags: { PatientID: 'ILL-1', PatientName: 'Ill^Ida' } })
    await delivered(ill.studyInstanceUid)
    const well = await send({
      sopInstanceUid: ill.sopInstanceUid,
      tags: { PatientID: 'WELL-2', PatientName: 'Well^Will' },
    })
    await delivered(well.studyInstanceUid)
    for (const [one, id] of [
      [ill, 'ILL-1'],
      [well, 'WELL-2'],
    ] as const) {
      expect(await heldBy(one.studyInstanceUid)).to.deep.equal({ [id]: ['CR', 'OT', 'SR'] })
      expect(await reportsOn(id)).to.deep.equal(['preliminary'])
    }
  })

  for (const [verdict, statuses, modalities] of [
    ['correction', ['preliminary', 'preliminary'], ['CR', 'OT', 'OT', 'SR', 'SR']],
    ['another-person', ['entered-in-error', 'preliminary'], ['CR', 'KO', 'OT', 'OT', 'SR', 'SR']],
  ] as const)
    it(`sends nothing while it is in doubt whose a study is, until somebody decides: ${verdict}`, async () => {
      const tags = { PatientID: `DOUBT-${verdict}`, PatientBirthDate: undefined }
      const first = await send({ tags: { ...tags, PatientName: 'First^Fay' } })
      const uid = first.studyInstanceUid
      await delivered(uid)
      await exchange(stack.orthancApi, { ...write, method: 'DELETE', path: `/instances/${await instanceOf(first)}` })
      await send({ ...first, tags: { ...tags, PatientName: 'Other^Oda' } })
      await until(async () => (await stateOf(uid)) === 'dead', pollMs)
      expect((await heldBy(uid))[tags.PatientID]).to.deep.equal(['CR', 'OT', 'SR'])
      expect(await reportsOn(tags.PatientID)).to.deep.equal(['preliminary'])
      const decide = { ...write, path: `/api/studies/${uid}/identity`, body: json({ verdict }) }
      await exchange(stack.serviceApi, decide)
      await delivered(uid)
      await until(async () => (await heldBy(uid))[tags.PatientID]?.length === modalities.length, pollMs)
      expect((await heldBy(uid))[tags.PatientID]).to.deep.equal(modalities)
      expect(await reportsOn(tags.PatientID)).to.deep.equal(statuses)
      expect((await failureOf(exchange(stack.serviceApi, decide))).code).to.equal('HTTP_REFUSED')
    })

  it('takes back a finding whose image the archive rejects, and gives a retake in the same study its own', async () => {
    const tags = { PatientID: 'REJECTED-1' }
    const first = await send({ tags })
    const uid = first.studyInstanceUid
    await delivered(uid)
    await exchange(stack.orthancApi, { ...write, path: '/instances', body: dicom(rejectionOf(first)) })
    await until(async () => (await stateOf(uid)) === 'skipped', pollMs)
    await until(async () => (await reportsOn(tags.PatientID)).includes('entered-in-error'), pollMs)
    await send({ studyInstanceUid: uid, tags })
    await delivered(uid)
    expect(await reportsOn(tags.PatientID)).to.deep.equal(['entered-in-error', 'preliminary'])
  })

  it('moves the finding with a patient that was corrected in Orthanc, under new UIDs', async () => {
    const { studyInstanceUid: uid } = await send({ tags: { PatientID: 'MOVED-1', PatientName: 'Moved^Mo' } })
    await delivered(uid)
    const body = { Replace: { PatientID: 'RIGHT-2', PatientName: 'Right^Ria' }, Force: true, KeepSource: false }
    await modifyPatient('MOVED-1', 'modify', body)
    await until(async () => (await reportsOn('RIGHT-2')).length === 1, pollMs)
    await until(async () => (await reportsOn('MOVED-1')).includes('entered-in-error'), pollMs)
    expect([await reportsOn('MOVED-1'), await reportsOn('RIGHT-2')]).to.deep.equal([
      ['entered-in-error'],
      ['preliminary'],
    ])
    expect(await heldBy(uid)).to.deep.equal({})
  })

  it('leaves the result of a study of which an anonymous copy was made', async () => {
    const { studyInstanceUid: uid } = await send({ tags: { PatientID: 'KEPT-1', PatientName: 'Kept^Kay' } })
    await delivered(uid)
    const before = (await worklist()).length
    await modifyPatient('KEPT-1', 'anonymize', { KeepSource: true })
    await until(async () => (await worklist()).length > before, pollMs)
    await until(async () => (await worklist()).every(({ state }) => state === 'done' || state === 'skipped'), pollMs)
    expect(await reportsOn('KEPT-1')).to.deep.equal(['preliminary'])
    expect(await heldBy(uid)).to.deep.equal({ 'KEPT-1': ['CR', 'OT', 'SR'] })
  })

  it('says of a study that was deleted that it is gone, and sends nothing that would bring it back', async () => {
    const { studyInstanceUid: uid } = await send({ tags: { PatientID: 'GONE-1' } })
    await delivered(uid)
    const studies = await exchangeJson(stack.orthancApi, { ...read, path: '/studies?expand' }, z.array(studySchema))
    const gone = studies.find(({ MainDicomTags }) => MainDicomTags.StudyInstanceUID === uid)!
    await exchange(stack.orthancApi, { ...write, method: 'DELETE', path: `/studies/${gone.ID}` })
    await retry(uid)
    await until(async () => (await stateOf(uid)) === 'skipped', pollMs)
    expect(await heldBy(uid)).to.deep.equal({})
    expect(await reportsOn('GONE-1'), 'deletion alone withdraws nothing').to.deep.equal(['preliminary'])
  })
})
