import { expect } from 'chai'
import { codes } from '../../../src/report/codes.ts'
import { childChestRadiograph } from '../../servers/dicom-samples.ts'
import { withOrthanc } from '../../servers/orthanc.ts'
import { findingGroup, radiologistsReport } from '../../servers/signed-reports.ts'
import { until } from '../fixtures.ts'
import { type ServiceBench, withService } from '../service-bench.ts'

describe('reading signed Structured Reports from Orthanc', function () {
  this.timeout(60_000)
  const orthanc = withOrthanc()

  const standing = ({ store }: ServiceBench, uid: string) =>
    store.opinions
      .standing(`result-${uid.replaceAll('.', '-')}`)
      .map(({ judgement, source }) => `${source} ${judgement}`)

  /** A study in Orthanc that is done, with the decision `present`. */
  const withStudy = (test: (bench: ServiceBench, uid: string) => Promise<void>) =>
    withService({ find: () => 0.9, orthanc: orthanc().client }, async (bench) => {
      const radiograph = childChestRadiograph()
      const uid = radiograph.studyInstanceUid
      await orthanc().send(radiograph)
      await until(() => bench.store.studies.get(uid)?.progress.state === 'done')
      await test(bench, uid)
    })

  /** Waits until every change of Orthanc was handled: the feed moves on only after the reports of a study were read. */
  const handled = ({ store }: ServiceBench) =>
    until(
      async () => store.feeds.position('orthanc-changes') === (await orthanc().client.changes(0, 1_000_000)).Last,
      50,
    )

  it('records the opinion of a verified report, and then that of a report verified later', () =>
    withStudy(async (bench, studyInstanceUid) => {
      const agreeing = [findingGroup(codes.pneumonia, 'present')] as const
      await orthanc().send(radiologistsReport({ studyInstanceUid, content: agreeing, verifiedAt: '20240301120000' }))
      await until(() => standing(bench, studyInstanceUid).join() === 'structured-report agree')
      const changed = [findingGroup(codes.pneumonia, 'absent')] as const
      await orthanc().send(radiologistsReport({ studyInstanceUid, content: changed, verifiedAt: '20240302090000' }))
      await until(() => standing(bench, studyInstanceUid).join() === 'structured-report disagree')
      const page = await (await bench.ask('/')).text()
      expect(page).to.include('The signed Structured Report disagrees with the finding.')
    }))

  it('ignores a report that arrives later but was verified earlier', () =>
    withStudy(async (bench, studyInstanceUid) => {
      const [yes, no] = [
        [findingGroup(codes.pneumonia, 'present')] as const,
        [findingGroup(codes.pneumonia, 'absent')] as const,
      ]
      await orthanc().send(radiologistsReport({ studyInstanceUid, content: no, verifiedAt: '20240302090000' }))
      await until(() => standing(bench, studyInstanceUid).join() === 'structured-report disagree')
      const late = radiologistsReport({ studyInstanceUid, content: yes, verifiedAt: '20240301120000' })
      await orthanc().send(late)
      await until(() => bench.store.studies.content(studyInstanceUid)?.includes(late.seriesInstanceUid) === true)
      await handled(bench)
      expect(standing(bench, studyInstanceUid)).to.deep.equal(['structured-report disagree'])
    }))

  it('ignores an unverified report', () =>
    withStudy(async (bench, studyInstanceUid) => {
      const content = [findingGroup(codes.pneumonia, 'absent')] as const
      const unsigned = radiologistsReport({ studyInstanceUid, content, verification: 'UNVERIFIED' })
      await orthanc().send(unsigned)
      const seen = () => bench.store.studies.content(studyInstanceUid)?.includes(unsigned.seriesInstanceUid) === true
      await until(seen)
      await handled(bench)
      expect(standing(bench, studyInstanceUid)).to.deep.equal([])
      expect(bench.logLines.join('')).to.not.include('feedback.failed')
    }))
})
