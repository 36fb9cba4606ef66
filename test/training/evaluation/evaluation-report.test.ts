import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import { classMeasures, confusionOf } from '../../../src/training/statistics/confusion-measures.ts'
import { calibrationSlope } from '../../../src/training/statistics/calibration-measures.ts'
import { type EvaluatedCase, measure } from '../../../src/training/statistics/measures.ts'
import { writeReport } from '../../../src/training/evaluation/report/write-report.ts'
import { seededRandom } from '../../../src/training/data/random.ts'

const random = seededRandom(3)
const cases: EvaluatedCase[] = Array.from({ length: 120 }, (_, index) => {
  const label = (['normal', 'viral', 'bacterial'] as const)[index % 3]!
  const pneumonia = Math.min(1, Math.max(0, (label === 'normal' ? 0.25 : 0.75) + 0.6 * (random() - 0.5)))
  const bacterial = pneumonia * (label === 'bacterial' ? 0.8 : 0.3)
  return {
    patient: `child ${Math.floor(index / 2)}`,
    label,
    probabilities: { pneumonia, normal: 1 - pneumonia, bacterial, viral: pneumonia - bacterial },
  }
})
const measures = measure(cases, { present: 0.6, absent: 0.2 }, [
  { name: 'one half', threshold: 0.5 },
  { name: 'sensitive', threshold: 0.3 },
])
const evaluation = {
  split: 'validation',
  ...measures,
  model: 'example 1.2.3',
  digest: 'ab'.repeat(32),
  lungsNotFound: 4,
}

describe('the evaluation report', () => {
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-report-'))
    await writeReport(dir, evaluation, cases)
  })
  after(() => rm(dir, { recursive: true }))

  it('contains measures, seven figures, published results and the disclaimer, and loads nothing external', async () => {
    const page = await readFile(join(dir, 'report.html'), 'utf8')
    expect(page).to.contain('Not for diagnostic use')
    expect(page).to.contain(measures.binary.auc.toFixed(3)).and.to.contain('Rajaraman')
    expect(page.match(/<svg/g)).to.have.length(7)
    expect(page, 'loads nothing from elsewhere').not.to.match(/(src|href)="?https?:/)
  })

  it('writes seven SVG figures, none of them blank', async () => {
    const figures = (await readdir(dir)).filter((name) => name.endsWith('.svg'))
    expect(figures).to.have.length(7)
    for (const name of figures) {
      const { channels } = await sharp(await readFile(join(dir, name))).stats()
      expect(channels[0]!.stdev, name).to.be.above(5)
    }
  })

  it('lists every image with its probabilities in cases.csv', async () => {
    const lines = (await readFile(join(dir, 'cases.csv'), 'utf8')).trim().split('\n')
    expect(lines).to.have.length(121)
    expect(lines[1]).to.match(/^child 0,normal,0\.\d{6},0\.\d{6},0\.\d{6},0\.\d{6}$/)
  })
})

describe('classMeasures', () => {
  it('gives precision, recall and F1 by their definitions', () => {
    const pairs = [
      ['normal', 'normal'],
      ['normal', 'pneumonia'],
      ['pneumonia', 'pneumonia'],
      ['pneumonia', 'pneumonia'],
      ['pneumonia', 'normal'],
    ] as const
    const confusion = confusionOf(
      ['normal', 'pneumonia'],
      pairs.map(([is, called]) => ({ is, called })),
    )
    expect(confusion.counts).to.deep.equal([
      [1, 1],
      [1, 2],
    ])
    const { pneumonia, normal } = classMeasures(confusion)
    expect(pneumonia).to.deep.equal({ precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 })
    expect(normal).to.deep.equal({ precision: 0.5, recall: 0.5, f1: 0.5 })
  })
})

describe('calibrationSlope', () => {
  it('is 1 for calibrated probabilities and 0.5 if their odds are squared', () => {
    const draw = seededRandom(8)
    const honest = Array.from({ length: 20_000 }, () => {
      const score = draw()
      return { score, positive: draw() < score }
    })
    expect(calibrationSlope(honest)).to.be.closeTo(1, 0.06)
    const odds = ({ score }: { score: number }) => (score / (1 - score)) ** 2
    const tooSure = honest.map((item) => ({ ...item, score: odds(item) / (1 + odds(item)) }))
    expect(calibrationSlope(tooSure)).to.be.closeTo(0.5, 0.04)
  })
})
