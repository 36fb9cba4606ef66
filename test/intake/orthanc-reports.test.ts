import { expect } from 'chai'
import type { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { OrthancReports } from '../../src/intake/orthanc-reports.ts'

const seriesOf: Readonly<Record<string, readonly [modality: string, ...instances: string[]][]>> = {
  one: [
    ['CR', 'image'],
    ['SR', 'report', 'addendum'],
    ['SR', 'deleted', 'late'],
  ],
  two: [['SR', 'of another patient']],
}

/** An Orthanc with a study that is stored under two patients, and one of whose reports was just deleted. */
class Orthanc {
  readonly asked: string[] = []

  lookup(type: string, uid: string): Promise<string[]> {
    this.asked.push(`${type} ${uid}`)
    return Promise.resolve(['one', 'gone', 'two'])
  }

  seriesOfStudy(id: string): Promise<unknown> {
    const series = seriesOf[id]?.map(([modality, ...instances], place) => ({
      Instances: instances,
      MainDicomTags: { SeriesInstanceUID: `1.${place}`, Modality: modality },
    }))
    return Promise.resolve(series)
  }

  instanceFile(id: string): Promise<unknown> {
    this.asked.push(id)
    return Promise.resolve(id === 'deleted' ? undefined : Buffer.from(id))
  }
}

describe('the Structured Reports of a study in Orthanc', () => {
  const read = async (study: { studyInstanceUid: string; orthancId?: string }, ...except: readonly string[]) => {
    const orthanc = new Orthanc()
    const reports = new OrthancReports(orthanc as unknown as OrthancClient)
    const files = await reports.structuredReports(study, new Set(except))
    return { files: files.map((file) => Buffer.from(file).toString()), asked: orthanc.asked }
  }

  it('are read under the id of the announcement, without images and without a report that was deleted', async () => {
    const { files, asked } = await read({ studyInstanceUid: '1', orthancId: 'one' })
    expect(files).to.deep.equal(['report', 'addendum', 'late'])
    expect(asked).to.deep.equal(['report', 'addendum', 'deleted', 'late'])
  })

  it('are looked up by UID if the announcement has no id, under every patient', async () => {
    const { files, asked } = await read({ studyInstanceUid: '1' })
    expect(files).to.deep.equal(['report', 'addendum', 'late', 'of another patient'])
    expect(asked[0]).to.equal('Study 1')
  })

  it('leave out the given series, and do not fetch them', async () => {
    const { files, asked } = await read({ studyInstanceUid: '1', orthancId: 'one' }, '1.1')
    expect(files).to.deep.equal(['late'])
    expect(asked).to.deep.equal(['deleted', 'late'])
  })
})
