import { chooseSubtype } from '../../src/training/heads/choose-subtype.ts'
import { weightedSums } from '../../src/training/heads/dense-network.ts'
import { evaluateDense } from '../../src/training/heads/evaluate-dense.ts'
import { searchGrid } from '../../src/training/heads/grid-search.ts'
import {
  type TrainingCourse,
  stageTwoRecipes,
  subtypeClasses,
  trainStageOne,
  trainStageTwo,
} from '../../src/training/heads/train-heads.ts'
import type { TrainingImage } from '../../src/training/features/training-features.ts'
import type { DenseWeights } from '../../src/training/onnx/network.ts'
import { choosePoints, measureUnseen } from '../../src/training/release/choose-points.ts'
import { measure } from '../../src/training/statistics/measures.ts'
import { isValidationPatient } from '../../src/training/data/patient-split.ts'
import { gaussianDeviate, seededRandom } from '../../src/training/data/random.ts'
import { scoreUnseenBatches } from '../../src/training/data/unseen-batches.ts'
import { interpret } from '../../src/classify/interpret.ts'
import { type Recorded, expectRecorded } from '../recording.ts'

/**
 * The same bits on one kind of processor. On another, ONNX Runtime adds in another order, which changes single
 * precision in the last digit (6e-8). A random change of each feature by up to 1e-6 changes no figure by more than
 * 5e-6 (measured).
 */
const bound = 2e-5

const features = 60
const labels = ['normal', 'viral', 'bacterial', 'bacterial'] as const

/** Two images per child. The classes overlap, so that no figure is 0 or 1. Unseen normals look more suspicious. */
function images(seed: number): TrainingImage[] {
  const random = seededRandom(seed)
  const version = (label: number, shift: number) =>
    Float32Array.from({ length: features }, (_, k) =>
      Math.max(0, 1 + 0.7 * gaussianDeviate(random) + (k < 36 && k % 3 === label ? 0.6 : 0) + (k % 3 > 0 ? shift : 0)),
    )
  return Array.from({ length: 400 }, (_, index): TrainingImage => {
    const label = labels[index % 4]!
    const patient = `child ${Math.floor(index / 8)} ${label}`
    const split = isValidationPatient(patient, 1, 0.35) ? 'validation' : 'train'
    const batch = label === 'normal' ? (index % 3 === 0 ? 'IM-' : 'NORMAL2-') : 'person'
    const shift = batch === 'IM-' ? 0.25 : 0
    const make = () => version(subtypeClasses.indexOf(label), shift)
    return {
      row: { split: 'train', label, patient, file: `${batch}${index}.jpeg`, image224: '', maskEvidence: 'none' },
      split,
      small: make(),
      ...(index % 5 === 0 && { original: make() }),
      varied: split === 'train' ? Array.from({ length: index % 3 }, make) : [],
    }
  })
}

function courseOf({ history, bestEpoch }: TrainingCourse): Recorded {
  return {
    bestEpoch,
    training: history.map((epoch) => epoch.training),
    validation: history.map((epoch) => epoch.validation),
  }
}

/** Shape, sums and some values of each layer. */
function layersOf(layers: readonly DenseWeights[]): Recorded {
  return layers.map(({ inputs, outputs, weights, bias }) => ({
    inputs,
    outputs,
    sum: weights.reduce((sum, value) => sum + value, 0),
    rms: Math.sqrt(weights.reduce((sum, value) => sum + value ** 2, 0) / weights.length),
    weights: [...weights.subarray(0, 6)],
    bias: [...bias.subarray(0, 3)],
  }))
}

const file = (name: string) => new URL(`recordings/${name}.json`, import.meta.url)

describe('a training run of the heads, with seed 3', function () {
  this.timeout(60_000)
  const all = images(3)
  const validation = all.filter(({ split }) => split === 'validation')

  it('has the recorded losses, best epoch and weights in stage one', async function () {
    const { pneumonia, course } = await trainStageOne(all, 3)
    await expectRecorded(file('stage-one'), { course: courseOf(course), layers: layersOf([pneumonia]) }, bound)
  })

  for (const name of ['report', 'release'] as const) {
    it(`has the recorded losses, best epoch, weights and probabilities in stage two of the ${name}`, async function () {
      const { subtype, course } = await trainStageTwo(all, 4, stageTwoRecipes[name])
      const samples = validation.map(({ row, small }) => ({
        features: small,
        label: subtypeClasses.indexOf(row.label),
        weight: 1,
      }))
      const { loss, probabilities } = await evaluateDense(subtype, samples)
      const found = {
        course: courseOf(course),
        layers: layersOf(subtype),
        loss,
        probabilities: probabilities.slice(0, 5).map((shares) => [...shares]),
      }
      await expectRecorded(file(`stage-two-${name}`), found, bound)
    })
  }

  it('has the recorded calibration, thresholds and measures', async function () {
    const { pneumonia } = await trainStageOne(all, 3)
    const { subtype: released } = await trainStageTwo(all, 4)
    const { subtype: reported } = await trainStageTwo(all, 4, stageTwoRecipes.report)
    const subtype = await chooseSubtype([reported, released], all)
    const { probabilities: shares } = await evaluateDense(
      subtype,
      validation.map(({ small }) => ({ features: small, label: 0, weight: 1 })),
    )
    const outputs = validation.map(({ small }, index) => {
      const pneumoniaLogit = weightedSums(pneumonia, small)[0]!
      const [normal, viral, bacterial] = shares[index]!
      return {
        pneumoniaLogit,
        activationMap: Float32Array.of(4 * pneumoniaLogit, pneumoniaLogit, -1, 0),
        activationSide: 2,
        subtype: { normal: normal!, viral: viral!, bacterial: bacterial! },
        features: Float32Array.from(small),
      }
    })
    const unseen = await scoreUnseenBatches(all, 5)
    const points = choosePoints(validation, outputs, unseen)
    const manifest = { calibration: points.calibration, activation: { fullScale: points.fullScale } }
    const cases = validation.map(({ row: { patient, label } }, index) => ({
      patient,
      label,
      probabilities: interpret(outputs[index]!, manifest, points.thresholds).probabilities,
    }))
    const measures = measure(cases, points.thresholds, [
      { name: 'one half', threshold: 0.5 },
      { name: 'sensitive', threshold: points.sensitive },
    ])
    const found = {
      chosen: subtype === released ? 'release' : 'report',
      unseen: unseen.map(({ batch, cases: those }) => ({
        ...measureUnseen(batch, those, points),
        cases: those.length,
        positives: those.filter(({ positive }) => positive).length,
        logOdds: those.slice(0, 12).map(({ logOdds }) => logOdds),
      })),
      points,
      measures,
    }
    // Interfaces have no index signature, but these hold numbers, text and lists only.
    await expectRecorded(file('calibration'), found as unknown as Recorded, bound)
  })

  it('has the recorded results of a grid search', async function () {
    const grid = { learningRate: [3e-3, 3e-2], l2: [0.01], optimizer: ['adam', 'sgd'] as ('adam' | 'sgd')[] }
    const results = await searchGrid(all, grid, 6, () => undefined)
    await expectRecorded(
      file('grid'),
      results.map((result) => ({ ...result })),
      bound,
    )
  })
})
