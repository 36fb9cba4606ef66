import { expect } from 'chai'
import { allOf, misplacedObjects, misplacedResources } from '../../servers/belonging.ts'
import { newUid } from '../../servers/dicom-samples.ts'
import { chestWith, sentStudy, withHospital } from './hospital-bench.ts'

const modalities = (objects: readonly string[]) => objects.map((one) => one.split(' ')[0]).sort()

describe('studies whose images change', function () {
  this.timeout(120_000)
  const hospital = withHospital({}, { OverwriteInstances: true })
  const sent: ReturnType<typeof sentStudy>[] = []
  before(() => hospital().startService())

  afterEach('nothing is on another patient or study', async () => {
    expect(await misplacedObjects(hospital().dicomWeb, sent)).to.deep.equal([])
    expect(await misplacedResources(hospital().fhir.repo, sent)).to.deep.equal([])
  })
  const tags = (opacity = 0) => ({ ...chestWith(opacity), PatientID: `CHANGED-${sent.length}` })
  const reportsOf = async (uid: string) => {
    const { repo } = hospital().fhir
    const study = (await allOf(repo, 'ImagingStudy')).find((one) =>
      one.identifier?.some(({ value }) => value === `urn:oid:${uid}`),
    )
    const reports = await allOf(repo, 'DiagnosticReport')
    return reports.filter(({ imagingStudy }) => imagingStudy?.[0]?.reference === `ImagingStudy/${study?.id}`)
  }

  it('have one report with an observation and a picture for each of three images', async () => {
    const { send, delivered, objects } = hospital()
    const ids = { studyInstanceUid: newUid(), seriesInstanceUid: newUid() }
    const first = await send({ ...ids, tags: tags(0) })
    const images = [first, await send({ ...ids, tags: tags(2) }), await send({ ...ids, tags: tags(4) })] as const
    sent.push(sentStudy(images))
    const [shown] = await delivered(ids.studyInstanceUid)
    expect(shown?.finding?.pictureCount).to.equal(3)
    expect(modalities(await objects(ids.studyInstanceUid))).to.deep.equal(['CR', 'CR', 'CR', 'OT', 'OT', 'OT', 'SR'])
    const reports = await reportsOf(ids.studyInstanceUid)
    expect(reports.map(({ result }) => result?.length)).to.deep.equal([3])
  })

  it('are analysed again with both images after a retake in the same series, and the report names its predecessor', async () => {
    const { send, delivered, objects, shows } = hospital()
    const first = await send({ tags: tags(0) })
    const { studyInstanceUid, seriesInstanceUid } = first
    const [before] = await delivered(studyInstanceUid)
    const retake = await send({ studyInstanceUid, seriesInstanceUid, tags: tags(4) })
    sent.push(sentStudy([first, retake]))
    await shows(studyInstanceUid, ({ finding }) => finding?.pictureCount === 2)
    const [after] = await delivered(studyInstanceUid)
    expect(after?.finding?.resultKey).to.not.equal(before?.finding?.resultKey)
    expect(modalities(await objects(studyInstanceUid))).to.deep.equal(['CR', 'CR', 'OT', 'OT', 'OT', 'SR', 'SR'])
    const reports = await reportsOf(studyInstanceUid)
    expect(reports.map(({ extension }) => extension?.length ?? 0).sort()).to.deep.equal([0, 1])
  })

  it('get their objects again when they were deleted and sent again', async () => {
    const { send, delivered, deleteStudy, objects, until } = hospital()
    const options = { studyInstanceUid: newUid(), seriesInstanceUid: newUid(), sopInstanceUid: newUid(), tags: tags(2) }
    const sample = await send(options)
    sent.push(sentStudy([sample]))
    await delivered(sample.studyInstanceUid)
    await deleteStudy(sample.studyInstanceUid)
    await send(options)
    await until(async () => (await objects(sample.studyInstanceUid)).length === 3)
    await delivered(sample.studyInstanceUid)
    expect(modalities(await objects(sample.studyInstanceUid))).to.deep.equal(['CR', 'OT', 'SR'])
    expect(await reportsOf(sample.studyInstanceUid)).to.have.length(1)
  })

  it('stay deleted when they are deleted after the analysis and before the delivery', async () => {
    const { send, shows, deleteStudy, toArchive, objects } = hospital()
    toArchive.affects = (method, path) => method === 'POST' && path?.startsWith('/dicom-web/studies') === true
    toArchive.fault = { kind: 'status', status: 503 }
    const sample = await send({ tags: tags(2) })
    const uid = sample.studyInstanceUid
    const ofArchive = ({ target }: { target: string }) => target === 'archive'
    await shows(uid, ({ deliveries }) => deliveries.find(ofArchive)?.problem !== undefined)
    await deleteStudy(uid)
    sent.push({ ...sentStudy([sample]), isDeleted: true })
    toArchive.fault = { kind: 'none' }
    await shows(uid, ({ state, deliveries }) => {
      const isOpen = deliveries.some((one) => one.state === 'pending')
      return !isOpen && !['waiting', 'active', 'retrying'].includes(state)
    })
    expect(await objects(uid)).to.deep.equal([])
  })

  it('stay deleted when a user retries one that was deleted after its delivery', async () => {
    const { send, shows, deleteStudy, delivered, objects, post } = hospital()
    const sample = await send({ tags: tags(2) })
    const uid = sample.studyInstanceUid
    const [before] = await delivered(uid)
    await deleteStudy(uid)
    sent.push({ ...sentStudy([sample]), isDeleted: true })
    await post(`/api/studies/${uid}/retry`)
    const after = await shows(uid, ({ state }) => !['done', 'waiting', 'active', 'retrying'].includes(state))
    expect(after.deliveries.some(({ state }) => state === 'pending')).to.equal(false)
    expect(after.finding?.resultKey).to.equal(before?.finding?.resultKey)
    expect(await objects(uid)).to.deep.equal([])
    expect(await reportsOf(uid)).to.have.length(1)
  })

  it('are analysed again after a retake whose failed image was deleted', async () => {
    const { send, delivered, shows, ask, orthanc } = hospital()
    const failed = await send({ tags: tags(0) })
    const { studyInstanceUid, seriesInstanceUid } = failed
    const [before] = await delivered(studyInstanceUid)
    const [id] = await orthanc.lookup('Instance', failed.sopInstanceUid)
    await ask('DELETE', `/instances/${id}`)
    const retake = await send({ studyInstanceUid, seriesInstanceUid, tags: tags(4) })
    sent.push(sentStudy([failed, retake]))
    await shows(studyInstanceUid, ({ finding }) => finding?.resultKey !== before?.finding?.resultKey)
    const [after] = await delivered(studyInstanceUid)
    expect(after?.finding?.pictureCount).to.equal(1)
  })

  it('are analysed again when other pixels come under the same UIDs', async () => {
    const { send, delivered, shows } = hospital()
    const first = await send({ tags: tags(0) })
    sent.push(sentStudy([first]))
    const [before] = await delivered(first.studyInstanceUid)
    await send({ ...first, tags: { ...tags(4), PatientID: first.patientId } })
    await shows(first.studyInstanceUid, ({ finding }) => finding?.resultKey !== before?.finding?.resultKey)
    const [after] = await delivered(first.studyInstanceUid)
    expect(after?.finding?.probabilities).to.not.deep.equal(before?.finding?.probabilities)
    expect(await reportsOf(first.studyInstanceUid)).to.have.length(2)
  })
})
