import { expect } from 'chai'
import { allOf, misplacedObjects, misplacedResources } from '../../servers/belonging.ts'
import { chestWith, sentStudy, withHospital } from './hospital-bench.ts'

describe('studies whose images are replaced', function () {
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
