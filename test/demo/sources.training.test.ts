import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import sharp from 'sharp'
import {
  type DemoRun,
  type DemoStudy,
  dataSetStudies,
  kermanyStudies,
  namedStudies,
  syntheticRadiographs,
} from '../../src/demo/sources.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import { textOf } from '../../src/dicom/element-values.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { shippedAtlas } from '../lungs/shipped-atlas.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { failureOf } from '../servers/failure-of.ts'
import { writeSyntheticChildren } from '../training/synthetic-children.ts'

const dataDir = fileURLToPath(new URL('../../../shared/data', import.meta.url))
const run: DemoRun = { startedAt: new Date('2026-03-01T12:00:00Z'), seed: 'one' }

describe('the studies of the demo', function () {
  this.timeout(60_000)
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-sources-'))
  })

  afterEach(() => rm(dir, { recursive: true }))

  it('are different synthetic radiographs, labelled as synthetic in name, series and comment', () => {
    const studies = syntheticRadiographs(shippedAtlas(), run, 3)
    for (const [index, study] of studies.entries()) {
      const { dataset } = parseDicomFile(study.files[0]!.bytes)
      expect(dataset['00100010']?.Value).to.deep.equal([{ Alphabetic: `Synthetic^Child 0${index + 1}` }])
      expect(textOf(dataset, '0008103E')).to.match(/^SYNTHETIC/)
      expect(textOf(dataset, '00204000')).to.match(/^SYNTHETIC/)
      expect(readImageHeader(dataset)).to.include({ modality: 'CR', patientAge: '003Y', viewPosition: 'AP' })
    }
    expect(new Set(studies.map(pixelsOf)).size).to.equal(3)
  })

  it('are the same synthetic radiographs in every run, with new study UIDs', () => {
    const [one] = syntheticRadiographs(shippedAtlas(), run, 1)
    const [other] = syntheticRadiographs(shippedAtlas(), { ...run, seed: 'two' }, 1)
    expect(pixelsOf(one!)).to.equal(pixelsOf(other!))
    expect(one!.studyInstanceUid).not.to.equal(other!.studyInstanceUid)
  })

  it('are the named files: DICOM unchanged and grouped by study, pictures wrapped', async () => {
    const first = childChestRadiograph()
    const second = childChestRadiograph({ studyInstanceUid: first.studyInstanceUid })
    await writeFile(join(dir, 'first.dcm'), first.bytes)
    await writeFile(join(dir, 'second.dcm'), second.bytes)
    await sharp({ create: { width: 8, height: 8, channels: 3, background: 'gray' } }).toFile(join(dir, 'child.png'))
    const paths = ['first.dcm', 'child.png', 'second.dcm'].map((name) => join(dir, name))
    const [dicom, picture] = await namedStudies(paths, run)
    expect(dicom).to.include({ studyInstanceUid: first.studyInstanceUid, madeForAnalysis: false })
    expect(dicom!.files.map((file) => Buffer.from(file.bytes))).to.deep.equal(
      [first, second].map((sample) => Buffer.from(sample.bytes)),
    )
    expect(picture).to.include({ name: 'child.png', madeForAnalysis: true })
  })

  it('are always the same four children per label of the data set (skipped without ../shared/data)', async function () {
    const studies = await kermanyStudies(dataDir, run)
    if (studies === undefined) return this.skip()
    const descriptions = studies.map((study) => textOf(parseDicomFile(study.files[0]!.bytes).dataset, '0008103E'))
    expect(
      Object.entries(Object.groupBy(descriptions, (text) => text ?? '')).map(([, all]) => all?.length),
    ).to.deep.equal([4, 4, 4])
    expect((await kermanyStudies(dataDir, run))?.map((study) => study.name)).to.deep.equal(
      studies.map((study) => study.name),
    )
  })

  it('are undefined if the data set is missing', async () => {
    expect(await kermanyStudies(dir, run)).to.equal(undefined)
  })

  it('come from the folder of LUNG_TRIAGE_DEMO_DATA, and fail if it lacks the data set', async () => {
    const named = await writeSyntheticChildren(shippedAtlas(), { train: 3, test: 0 })
    try {
      const studies = await dataSetStudies({ LUNG_TRIAGE_DEMO_DATA: named }, run)
      expect(studies?.map(({ name }) => name)).to.deep.equal(['train000.jpeg', 'train002.jpeg', 'train001.jpeg'])
      const error = await failureOf(dataSetStudies({ LUNG_TRIAGE_DEMO_DATA: dir }, run))
      expect(error).to.include({ code: 'DEMO_DATA_SET_MISSING' }).and.property('message').contains(dir)
    } finally {
      await rm(named, { recursive: true })
    }
  })
})

function pixelsOf(study: DemoStudy): string {
  const { pixelData } = parseDicomFile(study.files[0]!.bytes)
  return pixelData?.kind === 'native' ? Buffer.from(pixelData.bytes).toString('base64') : ''
}
