import { expect } from 'chai'
import type { Prediction } from '../../../src/classify/prediction.ts'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { conclusion } from '../../../src/report/conclusion.ts'
import { oruMessage } from '../../../src/report/hl7/oru.ts'
import { fileWithName, namedFiles } from '../../pixels/named-files.ts'
import {
  type SourceOptions,
  accessionNumber,
  analysed,
  imagePrediction,
  model,
  notAnalysed,
  patient,
  predictionOf,
  refusedImage,
  sourceHeader,
  studyInstanceUid,
} from '../fixtures.ts'
import { type ReadOru, hl7Parties, readOru } from './oru-reader.ts'

const resultKey = 'ab12'.repeat(16)
const oru = (prediction: Prediction) => oruMessage(prediction, resultKey, hl7Parties)
const read = (prediction: Prediction): ReadOru => readOru(oru(prediction))
const textOf = (prediction: Prediction) => Buffer.from(oru(prediction).bytes).toString('utf8')
const withAttributes = (attributes: NonNullable<SourceOptions['attributes']>) =>
  analysed([imagePrediction()], { source: sourceHeader({ attributes }) })
const withName = (name: string) => withAttributes({ '00100010': { vr: 'PN', Value: [{ Alphabetic: name }] } })
const named = (message: ReadOru, code: string) => message.observations.filter(({ name }) => name[0] === code)

const pneumonia = '233604007'
const kinds = ['53084003', '75570004']

describe('the HL7 v2 message', () => {
  for (const [name, make] of Object.entries(predictionOf)) {
    it(`is an ORU^R01 that another library reads, every observation preliminary: ${name}`, () => {
      const prediction = make()
      const message = read(prediction)
      expect(message.field('MSH', 9)).to.deep.equal([['ORU', 'R01', 'ORU_R01']])
      expect([message.field('MSH', 12), message.field('MSH', 18)]).to.deep.equal([[['2.5.1']], [['UNICODE UTF-8']]])
      expect(message.segmentNames.slice(0, 4)).to.deep.equal(['MSH', 'PID', 'OBR', 'NTE'])
      expect(message.field('OBR', 25)).to.deep.equal([['P']])
      const [study, ...results] = message.observations
      // IHE's item for the study is not a result, and its status says so.
      expect([study?.name[0], study?.value[0], study?.status]).to.deep.equal(['113014', studyInstanceUid, 'O'])
      expect(new Set(results.map(({ status }) => status))).to.deep.equal(new Set(['P']))
      expect(textOf(prediction)).to.match(/\r$/)
    })

    it(`has the conclusion of FHIR and "Not for diagnostic use", and never calls a study normal: ${name}`, () => {
      const prediction = make()
      const message = read(prediction)
      expect(named(message, '121077').map(({ value }) => value[0])).to.deep.equal([conclusion(prediction)])
      expect(message.field('NTE', 3)[0]?.[0]).to.contain('Not for diagnostic use')
      expect(textOf(prediction)).to.not.match(/normal|healthy/i)
      expect(named(message, '111001')[0]?.value).to.deep.equal([model.name])
      expect(named(message, '111003')[0]?.value).to.deep.equal([model.version])
    })
  }

  it('has a present finding as a code, flagged abnormal, with probability and thresholds', () => {
    const message = read(predictionOf.present())
    const [finding] = named(message, pneumonia)
    expect([finding?.type, finding?.value, finding?.abnormal]).to.deep.equal([
      'CWE',
      ['52101004', 'Present', 'SCT'],
      'A',
    ])
    expect(finding?.notes).to.include('Thresholds: present at or above 62 %, absent below 27 %.')
    const [probability] = named(message, '122157')
    expect([probability?.type, probability?.value, probability?.unit]).to.deep.equal(['NM', ['87.6'], '%'])
  })

  it('has the kinds as weak evidence, only if pneumonia is present', () => {
    const of = (prediction: Prediction) => kinds.flatMap((code) => named(read(prediction), code))
    expect(of(predictionOf.present()).map(({ value }) => value[0])).to.deep.equal(['61.3', '26.3'])
    for (const { name } of of(predictionOf.present())) expect(name[1]).to.contain('weak evidence')
    for (const name of ['absent', 'undetermined'] as const) {
      expect(of(predictionOf[name]())).to.deep.equal([])
      const [finding] = named(read(predictionOf[name]()), pneumonia)
      expect(finding?.abnormal, 'no flag, not even one for normal').to.equal('')
    }
    expect(named(read(predictionOf.absent()), pneumonia)[0]?.value[0]).to.equal('272519000')
    expect(named(read(predictionOf.undetermined()), pneumonia)[0]?.value[0]).to.equal('373068000')
  })

  it('keeps the images of a study apart, each with its warnings', () => {
    const images = analysed([
      imagePrediction(),
      imagePrediction({ pneumonia: 0.4449, imageNumber: 2 }),
      imagePrediction({ pneumonia: 0.0431, imageNumber: 3 }),
    ])
    const [findings, probabilities] = [named(read(images), pneumonia), named(read(images), '122157')]
    expect(findings.map(({ image, value }) => [image, value[1]])).to.deep.equal([
      ['1', 'Present'],
      ['2', 'Undetermined'],
      ['3', 'Absent'],
    ])
    expect(findings.map(({ notes }) => notes[0])).to.deep.equal(
      images.images.map(({ header }) => `Image ${header.sopInstanceUid}.`),
    )
    expect(probabilities.map(({ image, value }) => [image, value[0]])).to.deep.equal([
      ['1', '87.6'],
      ['2', '44.5'],
      ['3', '4.3'],
    ])
    const warned = predictionOf['whole frame with warnings']()
    const comments = named(read(warned), '121106').map(({ value }) => value[0])
    expect(comments).to.deep.equal(warned.images[0].flags.map(({ message }) => message))
  })

  for (const name of ['refused', 'failed'] as const) {
    it(`has a reason and no number if nothing was analysed: ${name}`, () => {
      const message = read(predictionOf[name]())
      expect(message.observations.filter(({ type }) => type !== 'ST' && type !== 'FT')).to.deep.equal([])
      expect(named(message, '121077')[0]?.value[0]).to.contain(predictionOf[name]().notAnalysed[0]!.reason)
    })
  }

  it('references the superseded result by its control ID', () => {
    const grown = predictionOf['a study that grew']()
    const earlier = oruMessage(predictionOf.present(), grown.supersedes, hl7Parties)
    expect(named(read(grown), 'SUPERSEDES')[0]?.value).to.deep.equal([earlier.controlId])
    expect(readOru(earlier).field('OBR', 3)[0]?.[0]).to.equal(earlier.controlId)
    expect(named(read(predictionOf.present()), 'SUPERSEDES')).to.deep.equal([])
  })
})

describe('the header of the HL7 v2 message', () => {
  it('has a control ID of at most 20 characters, derived from the result, and the configured parties', () => {
    const { controlId } = oru(predictionOf.present())
    expect(controlId).to.have.length.within(1, 20)
    expect(oru(predictionOf.present())).to.deep.equal(oru(predictionOf.present()))
    expect(oruMessage(predictionOf.present(), 'cd34'.repeat(16), hl7Parties).controlId).to.not.equal(controlId)
    const message = read(predictionOf.present())
    expect([3, 4, 5, 6, 7, 10].map((number) => message.field('MSH', number)[0]?.[0])).to.deep.equal([
      'LUNGTRIAGE',
      'CLINIC',
      'RIS',
      'HOSPITAL',
      '20260301091530.250+0100',
      controlId,
    ])
  })

  it('has patient, order and time of the study', () => {
    const message = read(
      withAttributes({
        '00080030': { vr: 'TM', Value: ['091205.250000'] },
        '00080201': { vr: 'SH', Value: ['+0100'] },
        '00100021': { vr: 'LO', Value: ['MPI'] },
      }),
    )
    expect(message.field('PID', 3)).to.deep.equal([[patient.id, '', '', 'MPI']])
    expect([message.field('PID', 7), message.field('PID', 8)]).to.deep.equal([[[patient.birthDate]], [['F']]])
    expect([2, 18].map((number) => message.field('OBR', number)[0]?.[0])).to.deep.equal([
      accessionNumber,
      accessionNumber,
    ])
    expect(message.field('OBR', 4)[0]).to.deep.equal(['18748-4', 'Diagnostic imaging study', 'LN'])
    expect(message.field('OBR', 7)).to.deep.equal([['20260301091205.2500+0100']])
  })

  it('omits fields whose attributes the image lacks, and the whole PID if there is no Patient ID', () => {
    const unnamed = read(withAttributes({ '00100010': undefined, '00080050': undefined, '00080030': undefined }))
    expect(unnamed.field('PID', 5)).to.deep.equal([['', '', '', '', '', '', 'U']])
    expect([unnamed.field('OBR', 2)[0]?.[0] ?? '', unnamed.field('OBR', 7)]).to.deep.equal(['', [['20260301']]])
    expect(read(withAttributes({ '00100020': undefined })).segmentNames).to.not.include('PID')
  })

  for (const file of namedFiles) {
    it(`names the patient in the original script: ${file.script}`, () => {
      const { dataset } = parseDicomFile(fileWithName(file))
      const source = { ...dataset, '00100020': { vr: 'LO', Value: ['1'] } }
      const names = read(analysed([imagePrediction()], { source })).field('PID', 5)
      expect(names.map((name) => [name[7], ...name.slice(0, 2).filter((part) => part !== '')])).to.deep.equal(
        Object.entries(file.name).map(([group, written]) => [group[0], ...written.split('^')]),
      )
    })
  }

  it('puts suffix before prefix, as HL7 does and DICOM does not', () => {
    expect(read(withName('Doe^Ann^Mary^Dr.^Jr.')).field('PID', 5)).to.deep.equal([
      ['Doe', 'Ann', 'Mary', 'Jr.', 'Dr.', '', 'L', 'A'],
    ])
  })
})

describe('a hostile value in an HL7 v2 message', () => {
  const hostile = 'A|B~C&D\\F\\\r\nPID|9\x1c\r\x0bMSH|E'

  it('stays inside its component, without control characters', () => {
    const prediction = withName(`${hostile}^Given`)
    const message = read(prediction)
    expect(message.field('PID', 5)).to.deep.equal([['A|B~C&D\\F\\ PID|9 MSH|E', 'Given', '', '', '', '', 'L', 'A']])
    expect(message.segmentNames).to.deep.equal(read(predictionOf.present()).segmentNames)
    expect(textOf(prediction).replaceAll('\r', '')).to.not.match(/[\x00-\x1f\x7f]|\\X/)
  })

  it('keeps its line breaks in formatted text', () => {
    const image = { ...refusedImage(), reason: `One line\r\nnext|line\nlast${hostile}` }
    const prediction = notAnalysed([image])
    expect(textOf(prediction)).to.contain('One line\\.br\\next\\F\\line\\.br\\lastA\\F\\B')
    expect(read(prediction).segmentNames).to.deep.equal(read(predictionOf.refused()).segmentNames)
  })

  it('cannot make the receiver delete its value', () => {
    const message = read(withName('""'))
    expect(message.field('PID', 5)[0]?.[0]).to.not.equal('')
    expect(textOf(withName('""'))).to.not.contain('""')
  })
})
