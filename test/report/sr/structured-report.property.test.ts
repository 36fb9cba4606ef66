import { expect } from 'chai'
import fc from 'fast-check'
import type { ImagePrediction, Prediction } from '../../../src/classify/prediction.ts'
import type { DicomDataset } from '../../../src/dicom/dataset.ts'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { itemsOf, textOf } from '../../../src/dicom/element-values.ts'
import { percent } from '../../../src/report/percent.ts'
import { structuredReport } from '../../../src/report/sr/structured-report.ts'
import { arbitraryPrediction, imagesOf, sourcesOf } from '../arbitrary-predictions.ts'
import { dciodvfy } from '../dciodvfy.ts'
import { dcmtk } from '../dcmtk.ts'
import { type SrItem, everything, first, groupsOf, named, readSr } from './sr-reader.ts'

const resultKey = 'ab12'.repeat(16)
const bytesOf = (prediction: Prediction) => structuredReport(prediction, resultKey)
const pneumoniaGroups = (root: SrItem) => groupsOf(root).filter((group) => named(group, '121052').length > 0)
const presence: Readonly<Record<string, string>> = {
  '52101004': 'present',
  '272519000': 'absent',
  '373068000': 'undetermined',
}

/** SOP Instance UIDs that the header lists as evidence. */
function evidenceIn(dataset: DicomDataset): readonly (string | undefined)[] {
  return itemsOf(dataset, '0040A375')
    .flatMap((study) => itemsOf(study, '00081115'))
    .flatMap((series) => itemsOf(series, '00081199'))
    .map((reference) => textOf(reference, '00081155'))
}

/** Each region has a tracking UID of its own, at least one for each image. */
function expectOwnTrackingUids(root: SrItem, prediction: Prediction): void {
  const uids = groupsOf(root).map((group) => first(group, '112040').uid)
  expect(uids).to.have.length.of.at.least(imagesOf(prediction).length)
  expect(new Set(uids).size).to.equal(uids.length)
}

/** The content refers to every image of the study and to no other, and the header lists each once. */
function expectAllImages(root: SrItem, dataset: DicomDataset, prediction: Prediction): void {
  const referenced = everything(root).flatMap((item) => item.image ?? [])
  expect(new Set(referenced)).to.deep.equal(new Set(sourcesOf(prediction)))
  expect(evidenceIn(dataset)).to.have.members([...sourcesOf(prediction)])
}

/** A group holds decision, numbers, box and warnings of its image. */
function expectFinding(group: SrItem, { header, decision, probabilities, lungs, flags }: ImagePrediction): void {
  const region = first(group, '111030')
  expect(region.children.map((child) => child.image)).to.deep.equal([header.sopInstanceUid])
  const [columns, rows] = [region.points.map(([x]) => x), region.points.map(([, y]) => y)]
  const { x, y, width, height } = lungs.box
  expect([Math.min(...columns), Math.max(...columns)]).to.deep.equal([x, x + width])
  expect([Math.min(...rows), Math.max(...rows)]).to.deep.equal([y, y + height])
  expect(presence[first(group, '121052').code?.value ?? '']).to.equal(decision)
  const { pneumonia, bacterial, viral } = probabilities
  const numbers = named(group, '122157').map((item) => item.number?.value)
  expect(numbers).to.deep.equal((decision === 'present' ? [pneumonia, bacterial, viral] : [pneumonia]).map(percent))
  for (const { message } of flags) expect(first(group, '121106').text).to.contain(message)
}

function expectTexts(root: SrItem, prediction: Prediction): void {
  const text = everything(root)
    .flatMap((item) => item.text ?? [])
    .join(' ')
  for (const { reason } of prediction.notAnalysed) expect(text).to.contain(reason)
  expect(text).to.contain('Not for diagnostic use')
  if (prediction.kind !== 'analysed') return
  expect(text.includes('supersedes an earlier')).to.equal(prediction.supersedes !== undefined)
  expect(text.includes('give different findings')).to.equal(prediction.imagesDisagree)
}

describe('the Structured Report of any study', () => {
  it('has each image once with its decision, numbers, region and warnings, and is preliminary', () => {
    fc.assert(
      fc.property(arbitraryPrediction, (prediction) => {
        const bytes = bytesOf(prediction)
        const [root, { dataset }] = [readSr(bytes), parseDicomFile(bytes)]
        expectOwnTrackingUids(root, prediction)
        expectAllImages(root, dataset, prediction)
        const groups = pneumoniaGroups(root)
        expect(groups).to.have.length(imagesOf(prediction).length)
        for (const [at, image] of imagesOf(prediction).entries()) expectFinding(groups[at]!, image)
        expectTexts(root, prediction)
        const numbers = everything(root).flatMap((item) => item.number?.value ?? [])
        for (const number of numbers) expect(number).to.be.within(0, 100)
        const flags = ['0040A491', '0040A493', '0040A496'].map((tag) => textOf(dataset, tag))
        expect(flags).to.deep.equal(['COMPLETE', 'UNVERIFIED', 'PRELIMINARY'])
      }),
      { numRuns: 15 },
    )
  })

  it('is valid to dciodvfy and DCMTK (skipped without dicom3tools and dcmtk)', async function () {
    for (const prediction of fc.sample(arbitraryPrediction, { numRuns: 5, seed: 20 })) {
      const [said, dump] = [await dciodvfy(bytesOf(prediction)), await dcmtk('dsrdump', bytesOf(prediction))]
      if (said === undefined || dump === undefined) this.skip()
      expect(said.filter((line) => line.startsWith('Error'))).to.deep.equal([])
      expect(dump.stderr.split('\n').filter((line) => line.startsWith('E:'))).to.deep.equal([])
    }
  })
})
