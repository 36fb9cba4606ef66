import { expect } from 'chai'
import type { Prediction } from '../../../src/classify/prediction.ts'
import type { DicomDataset } from '../../../src/dicom/dataset.ts'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { textOf } from '../../../src/dicom/element-values.ts'
import { percent } from '../../../src/report/percent.ts'
import { structuredReport } from '../../../src/report/sr/structured-report.ts'
import { uidFor } from '../../../src/report/uids.ts'
import { fileWithName, namedFiles } from '../../pixels/named-files.ts'
import { dciodvfy } from '../dciodvfy.ts'
import { dcmtk } from '../dcmtk.ts'
import {
  type AnalysedPrediction,
  accessionNumber,
  analysed,
  imagePrediction,
  manyImages,
  model,
  notAnalysed,
  patient,
  predictionOf,
  refusedImage,
  sourceHeader,
  studyInstanceUid,
} from '../fixtures.ts'
import { type SrItem, everything, first, groupsOf, named, readSr } from './sr-reader.ts'

const resultKey = 'ab12'.repeat(16)
const bytesOf = (prediction: Prediction) => structuredReport(prediction, resultKey)
const contentOf = (prediction: Prediction) => readSr(bytesOf(prediction))
const headerOf = (prediction: Prediction) => parseDicomFile(bytesOf(prediction)).dataset
const textsIn = (root: SrItem) => everything(root).flatMap((item) => item.text ?? [])
const pneumoniaGroups = (root: SrItem) => groupsOf(root).filter((group) => named(group, '121052').length > 0)

const optionalTags = [
  ...['00080005', '00080020', '00080030', '00080050', '00080090', '00081030', '00100010', '00100020'],
  ...['00100030', '00100040', '00101010', '00180015', '00185101', '00200010'],
]

const sources: Readonly<Record<string, DicomDataset>> = {
  'a header with nothing optional': sourceHeader({
    attributes: Object.fromEntries(optionalTags.map((tag) => [tag, undefined])),
  }),
  'texts of the greatest length': sourceHeader({
    attributes: {
      '00080050': { vr: 'SH', Value: ['1'.repeat(16)] },
      '00081030': { vr: 'LO', Value: ['D'.repeat(64)] },
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'N'.repeat(64) }] },
      '00100020': { vr: 'LO', Value: ['P'.repeat(64)] },
    },
  }),
  ...Object.fromEntries(
    namedFiles.map((file) => [`a name: ${file.script}`, parseDicomFile(fileWithName(file)).dataset]),
  ),
}

const predictions: Readonly<Record<string, Prediction>> = {
  ...Object.fromEntries(Object.entries(predictionOf).map(([name, make]) => [name, make()])),
  ...Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [name, analysed([imagePrediction()], { source })]),
  ),
  'nothing analysed, nothing optional': notAnalysed([refusedImage()], Object.values(sources)[0]),
}

describe('the Structured Report', () => {
  for (const [name, prediction] of Object.entries(predictions)) {
    it(`is a valid Comprehensive 3D SR that DCMTK reads: ${name} (skipped without dicom3tools and dcmtk)`, async function () {
      const said = await dciodvfy(bytesOf(prediction))
      const dump = await dcmtk('dsrdump', bytesOf(prediction))
      if (said === undefined || dump === undefined) this.skip()
      expect(said.filter((line) => line.startsWith('Error'))).to.deep.equal([])
      expect(said, 'what it was taken for').to.include('Comprehensive3DSR')
      expect(dump.stderr.split('\n').filter((line) => line.startsWith('E:'))).to.deep.equal([])
      expect(dump.exitCode).to.equal(0)
    })

    it(`never calls a study normal, and says "Not for diagnostic use": ${name}`, () => {
      const texts = textsIn(contentOf(prediction))
      expect(texts.join(' ')).to.not.match(/normal|healthy|clear of/i)
      expect(texts.some((text) => text.includes('Not for diagnostic use'))).to.equal(true)
    })
  }

  for (const file of namedFiles) {
    it(`keeps the patient's name in its script: ${file.script}`, () => {
      const source = parseDicomFile(fileWithName(file)).dataset
      const { dataset } = parseDicomFile(bytesOf(analysed([imagePrediction()], { source })))
      expect(dataset['00100010']?.Value).to.deep.equal([file.name])
    })
  }

  it('references the superseded report, and says so', () => {
    const earlier = predictionOf['a study that grew']().supersedes
    const [study] = headerOf(predictionOf['a study that grew']())['0040A360']?.Value as [DicomDataset]
    const [series] = study['00081115']?.Value as [DicomDataset]
    const [report] = series['00081199']?.Value as [DicomDataset]
    expect(textOf(report, '00081155')).to.equal(uidFor(earlier, 'structured-report'))
    expect(textOf(series, '0020000E')).to.equal(uidFor(earlier, 'structured-report-series'))
    expect(textsIn(contentOf(predictionOf['a study that grew']())).join(' ')).to.contain('supersedes an earlier')
    expect(headerOf(predictionOf.present())).not.to.have.property('0040A360')
  })

  it('fails dciodvfy if it is deliberately made invalid', async function () {
    const source = sourceHeader({ attributes: { '0020000D': undefined } })
    const said = await dciodvfy(bytesOf(analysed([imagePrediction()], { source })))
    if (said === undefined) this.skip()
    expect(said.some((line) => line.startsWith('Error'))).to.equal(true)
  })

  const presence = { present: '52101004', absent: '272519000', undetermined: '373068000' } as const
  for (const name of ['present', 'absent', 'undetermined', 'images that disagree'] as const) {
    it(`holds presence, probability and the analysed box of each image: ${name}`, () => {
      const prediction: AnalysedPrediction = predictionOf[name]()
      const groups = pneumoniaGroups(contentOf(prediction))
      expect(groups).to.have.length(prediction.images.length)
      for (const [index, { header, lungs, decision, probabilities }] of prediction.images.entries()) {
        const group = groups[index]!
        expect(first(group, '121071').code?.value).to.equal('233604007')
        expect(first(group, '363698007').code?.value).to.equal('39607008')
        expect(first(group, '121052').code?.value).to.equal(presence[decision])
        expect(first(group, '122157').number).to.deep.equal({
          value: percent(probabilities.pneumonia),
          unit: { value: '%', meaning: 'Percent' },
        })
        const region = first(group, '111030')
        const { x, y, width, height } = lungs.box
        const [right, bottom] = [x + width, y + height]
        expect(region.points).to.deep.equal([
          [x, y],
          [right, y],
          [right, bottom],
          [x, bottom],
          [x, y],
        ])
        expect(region.children.map((child) => child.image)).to.deep.equal([header.sopInstanceUid])
      }
    })
  }

  it('has the same numbers and regions in DCMTK (skipped without dcmtk)', async function () {
    for (const name of ['present', 'images that disagree', 'absent'] as const) {
      const xml = await dcmtk('dsr2xml', bytesOf(predictionOf[name]()))
      if (xml === undefined) this.skip()
      const items = everything(contentOf(predictionOf[name]()))
      const numbers = [...xml.stdout.matchAll(/<value>([\d.]+)<\/value>\s*<unit>/g)].map(([, value]) => Number(value))
      expect(numbers).to.deep.equal(items.flatMap((item) => item.number?.value ?? []))
      const regions = [...xml.stdout.matchAll(/<data>([\d./,]+)<\/data>/g)].map(([, data]) =>
        data!.split(',').map((point) => point.split('/').map(Number)),
      )
      const ours = items.filter((item) => item.points.length > 0).map((item) => item.points)
      expect(regions.map((region) => region.length)).to.deep.equal(ours.map((region) => region.length))
      expect(regions[0]).to.deep.equal(ours[0])
    }
  })

  it('names the region as the analysed area, and repeats the finding in words', () => {
    const tracking = (prediction: Prediction) => named(pneumoniaGroups(contentOf(prediction))[0]!, '112039')[0]?.text
    expect(tracking(predictionOf.absent())).to.equal('Analysed lung fields: pneumonia absent, probability 4.3 %')
    expect(tracking(predictionOf.present())).to.equal('Analysed lung fields: pneumonia present, probability 87.6 %')
    expect(tracking(predictionOf['whole frame with warnings']())).to.contain('Whole image analysed: pneumonia ')
  })

  it('gives bacterial and viral only as weak likelihoods of a present pneumonia', () => {
    const prediction = predictionOf.present()
    const [group] = pneumoniaGroups(contentOf(prediction))
    const kinds = named(group!, '122157').slice(1)
    expect(kinds.map((item) => [item.children[0]?.code?.value, item.number?.value])).to.deep.equal([
      ['53084003', percent(prediction.images[0].probabilities.bacterial)],
      ['75570004', percent(prediction.images[0].probabilities.viral)],
    ])
    for (const item of kinds) expect(item.name?.meaning).to.contain('weak')
    const findings = groupsOf(contentOf(prediction)).flatMap((each) => named(each, '121071'))
    expect(new Set(findings.map((finding) => finding.code?.value))).to.deep.equal(new Set(['233604007']))
    for (const name of ['absent', 'undetermined'] as const)
      expect(JSON.stringify(contentOf(predictionOf[name]()))).to.not.match(/bacterial|viral/i)
  })

  it('outlines the activation only if pneumonia is present', () => {
    const explained = (prediction: Prediction) =>
      groupsOf(contentOf(prediction)).filter((group) => named(group, '130401').length > 0)
    const [group] = explained(predictionOf.present())
    expect(named(group!, '130401')[0]?.code?.value).to.equal('130402')
    const { x, y, width, height } = predictionOf.present().images[0].lungs.box
    for (const [column, row] of named(group!, '111030')[0]!.points) {
      expect(column).to.be.within(x, x + width)
      expect(row).to.be.within(y, y + height)
    }
    for (const name of ['absent', 'undetermined'] as const) expect(explained(predictionOf[name]())).to.deep.equal([])
  })

  it('gives every region of a study of twelve images a tracking UID of its own', () => {
    const groups = groupsOf(contentOf(manyImages(12)))
    expect(groups, 'the lungs and the activation of each image').to.have.length(24)
    expect(new Set(groups.map((group) => first(group, '112040').uid)).size).to.equal(24)
  })

  it('shows all warnings, disagreement of images, and images that were not analysed', () => {
    const warned = predictionOf['whole frame with warnings']()
    const texts = textsIn(contentOf(warned)).join(' ')
    for (const { message } of warned.images[0].flags) expect(texts).to.contain(message)
    expect(textsIn(contentOf(predictionOf['images that disagree']())).join(' ')).to.contain('give different findings')
    const partial = predictionOf['one image analysed, one refused']()
    expect(textsIn(contentOf(partial)).join(' ')).to.contain(partial.notAnalysed[0]!.reason)
  })

  for (const name of ['refused', 'failed'] as const) {
    it(`has reason and image as text, and no number, if nothing was analysed: ${name}`, () => {
      const prediction = predictionOf[name]()
      const root = contentOf(prediction)
      const [image] = prediction.notAnalysed
      expect(root.name?.value).to.equal('18748-4')
      expect(everything(root).filter((item) => item.number !== undefined)).to.deep.equal([])
      const about = everything(root).find((item) => item.text?.includes(image!.reason) === true)
      expect(about?.children.map((child) => child.image)).to.deep.equal([image!.header.sopInstanceUid])
      expect(JSON.stringify(root)).to.not.match(/probability|122157/i)
    })
  }

  it('identifies the algorithm with thresholds and digest', () => {
    const root = contentOf(predictionOf.absent())
    const texts = textsIn(root)
    expect(named(root, '121005')[0]?.code?.value).to.equal('121007')
    expect(texts).to.include.members([model.name, model.version, `digest ${model.digest}`, 'present at or above 0.62'])
    const other = contentOf({ ...predictionOf.absent(), model: { ...model, digest: 'f'.repeat(64) } })
    expect(named(other, '121012')[0]?.uid).to.not.equal(named(root, '121012')[0]?.uid)
  })

  it('reports the procedure by the views of the images', () => {
    const procedure = (...views: readonly ('AP' | 'PA')[]) => {
      const [first, ...others] = views.map((viewPosition, index) =>
        imagePrediction({ viewPosition, imageNumber: index + 1 }),
      )
      return named(contentOf(analysed([first!, ...others])), '121058')[0]?.code?.value
    }
    expect(procedure('AP')).to.equal('36572-6')
    expect(procedure('PA', 'PA')).to.equal('24648-8')
    expect(procedure('AP', 'PA')).to.equal('36643-5')
    const code = (prediction: Prediction) => named(contentOf(prediction), '121058')[0]?.code?.value
    const refused = (refusal: 'NOT_FRONTAL' | 'NOT_CHEST') =>
      analysed([imagePrediction()], { notAnalysed: [{ ...refusedImage(2), outcome: 'refused', code: refusal }] })
    expect(code(refused('NOT_FRONTAL')), 'a lateral view').to.equal('36643-5')
    expect(code(refused('NOT_CHEST'))).to.equal('36572-6')
    const unknown = imagePrediction({ attributes: { '00185101': undefined } })
    expect(code(analysed([unknown]))).to.equal('43468-8')
  })
})

describe('the header of the Structured Report', () => {
  it('copies patient, study and order of its source, with a name in any script', () => {
    const dataset = headerOf(predictionOf.present())
    expect(textOf(dataset, '00080005')).to.equal('ISO_IR 192')
    expect(dataset['00100010']?.Value?.[0]).to.deep.include({
      Alphabetic: patient.alphabetic,
      Ideographic: patient.ideographic,
    })
    expect(textOf(dataset, '00100020')).to.equal(patient.id)
    expect(textOf(dataset, '00080050')).to.equal(accessionNumber)
    expect(textOf(dataset, '0020000D')).to.equal(studyInstanceUid)
  })

  it('is unverified, in its own series marked "not for diagnostic use", with analysis time and zone', () => {
    const prediction = predictionOf.present()
    const dataset = headerOf(prediction)
    expect(textOf(dataset, '0040A493')).to.equal('UNVERIFIED')
    expect(textOf(dataset, '0020000E')).to.not.equal(prediction.images[0].header.seriesInstanceUid)
    expect(textOf(dataset, '0008103E')).to.contain('not for diagnostic use')
    expect([textOf(dataset, '00080023'), textOf(dataset, '00080033'), textOf(dataset, '00080201')]).to.deep.equal([
      '20260301',
      '091530.250000',
      '+0100',
    ])
  })

  it('lists every image as evidence, including those not analysed', () => {
    const evidence = JSON.stringify(headerOf(predictionOf['one image analysed, one refused']())['0040A375'])
    for (const number of [1, 2]) expect(evidence).to.contain(`"${studyInstanceUid}.1.${number}"`)
  })

  it('has the same bytes every time', () => {
    expect(bytesOf(predictionOf.present())).to.deep.equal(bytesOf(predictionOf.present()))
  })
})
