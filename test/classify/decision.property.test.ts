import { expect } from 'chai'
import fc from 'fast-check'
import { calibratedProbability } from '../../src/classify/calibration.ts'
import { decide, interpret } from '../../src/classify/interpret.ts'
import { type Decision, type Thresholds, decisions } from '../../src/classify/prediction.ts'
import { toPrediction } from '../../src/classify/study-prediction.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import { imagePrediction, model, sourceHeader } from '../report/fixtures.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
const thresholdPairs: fc.Arbitrary<Thresholds> = fc
  .tuple(share, share)
  .map(([one, other]) => ({ present: Math.max(one, other), absent: Math.min(one, other) }))
const calibrations = fc.record({
  slope: fc.double({ min: 0.05, max: 5, noNaN: true }),
  intercept: fc.double({ min: -5, max: 5, noNaN: true }),
})
const logits = fc.double({ min: -60, max: 60, noNaN: true })

/** The least number above another positive one, or the greatest below it. */
function neighbour(value: number, step: 1 | -1): number {
  const bits = new BigInt64Array(1)
  const number = new Float64Array(bits.buffer)
  number[0] = value
  bits[0]! += BigInt(step)
  return number[0]
}

const certainty = (decision: Decision) => decisions.toReversed().indexOf(decision)

describe('the probability of any logit', () => {
  it('is between 0 and 1, does not fall as the logit rises, and is one half where the calibrated logit is 0', () => {
    fc.assert(
      fc.property(logits, logits, calibrations, (one, other, calibration) => {
        const [lower, upper] = [Math.min(one, other), Math.max(one, other)].map((logit) =>
          calibratedProbability(logit, calibration),
        ) as [number, number]
        expect(lower).to.be.at.least(0)
        expect(upper).to.be.at.most(1)
        expect(lower).to.be.at.most(upper)
        const middle = -calibration.intercept / calibration.slope
        expect(calibratedProbability(middle, calibration)).to.be.closeTo(0.5, 1e-9)
        // Log odds are linear in the logit (Platt 1999).
        const odds = (logit: number) => {
          const probability = calibratedProbability(logit, calibration)
          return Math.log(probability / (1 - probability))
        }
        expect(odds(middle + 2) - odds(middle)).to.be.closeTo(2 * calibration.slope, 1e-6)
      }),
    )
  })
})

describe('the decision on any probability', () => {
  it('is present from the upper threshold on, absent below the lower, and undetermined in between', () => {
    fc.assert(
      fc.property(thresholdPairs, share, (thresholds, pneumonia) => {
        const { present, absent } = thresholds
        expect(decide(present, thresholds)).to.equal('present')
        if (absent < present) expect(decide(absent, thresholds)).to.equal('undetermined')
        if (present > 0) expect(decide(neighbour(present, -1), thresholds)).not.to.equal('present')
        if (absent > 0) expect(decide(neighbour(absent, -1), thresholds)).to.equal('absent')
        const expected = pneumonia >= present ? 'present' : pneumonia < absent ? 'absent' : 'undetermined'
        expect(decide(pneumonia, thresholds)).to.equal(expected)
      }),
    )
  })

  it('does not become less suspicious as the probability rises or a threshold falls', () => {
    fc.assert(
      fc.property(thresholdPairs, thresholdPairs, share, share, (one, other, p, q) => {
        const lower = { present: Math.min(one.present, other.present), absent: Math.min(one.absent, other.absent) }
        expect(certainty(decide(Math.max(p, q), lower))).to.be.at.least(certainty(decide(Math.min(p, q), one)))
      }),
    )
  })
})

describe('the meaning of any network output', () => {
  const sidesOf = 4
  const outputs = fc
    .record({
      pneumoniaLogit: logits,
      activationMap: fc.array(fc.float({ min: -20, max: 20, noNaN: true }), {
        minLength: sidesOf ** 2,
        maxLength: sidesOf ** 2,
      }),
      kinds: fc.tuple(share, share, share),
    })
    .map(({ pneumoniaLogit, activationMap, kinds: [normal, viral, bacterial] }) => ({
      pneumoniaLogit,
      activationMap: Float32Array.from(activationMap),
      activationSide: sidesOf,
      subtype: { normal, viral, bacterial },
      features: new Float32Array(0),
    }))

  it('has probabilities from 0 to 1: normal completes pneumonia, bacterial and viral divide it as stage two does', () => {
    fc.assert(
      fc.property(outputs, calibrations, thresholdPairs, (output, calibration, thresholds) => {
        const manifest = {
          calibration: { method: 'platt' as const, assumedPrevalence: 0.5, ...calibration },
          activation: { fullScale: 4 },
        }
        const { probabilities, decision } = interpret(output, manifest, thresholds)
        const { pneumonia, normal, bacterial, viral } = probabilities
        for (const value of Object.values(probabilities)) expect(value).to.be.within(0, 1)
        expect(pneumonia).to.equal(calibratedProbability(output.pneumoniaLogit, calibration))
        expect(normal + pneumonia).to.be.closeTo(1, 1e-12)
        expect(bacterial + viral).to.be.closeTo(pneumonia, 1e-12)
        // The same ratio, without dividing by numbers near 0.
        expect(bacterial * output.subtype.viral).to.be.closeTo(viral * output.subtype.bacterial, 1e-12)
        expect(decision).to.equal(decide(pneumonia, thresholds))
      }),
    )
  })

  it('has an activation from 0 to 1 in the order of the evidence, and 1 only for evidence of full scale', () => {
    fc.assert(
      fc.property(outputs, fc.integer({ min: 1, max: 12 }), (output, fullScale) => {
        const manifest = {
          calibration: { method: 'platt' as const, assumedPrevalence: 0.5, slope: 1, intercept: 0 },
          activation: { fullScale },
        }
        const { activation } = interpret(output, manifest, { present: 0.5, absent: 0.5 })
        const most = Math.max(...output.activationMap, fullScale)
        expect([activation.width, activation.height]).to.deep.equal([sidesOf, sidesOf])
        for (const [index, evidence] of output.activationMap.entries()) {
          expect(activation.samples[index]).to.be.closeTo(Math.max(evidence, 0) / most, 1e-6)
        }
        expect(Math.max(...activation.samples) === 1).to.equal(Math.max(...output.activationMap) >= fullScale)
      }),
    )
  })
})

describe('the finding of any images of a study', () => {
  const seen = fc.record({
    pneumonia: share,
    decision: fc.constantFrom(...decisions),
    lungs: fc.constantFrom('found' as const, 'found' as const, 'whole-frame' as const),
  })
  const header = sourceHeader()
  const [found, wholeFrame] = [imagePrediction(), imagePrediction({ lungs: 'whole-frame' })]
  const context = {
    source: { header: readImageHeader(header), dataset: header },
    model,
    thresholds: { present: 0.6, absent: 0.2 },
    supersedes: undefined,
    analysedAt: '2026-03-01T09:15:30Z',
  }

  it('is the most suspicious, whatever the order; images disagree if any differs; without lungs there is no call', () => {
    fc.assert(
      fc.property(fc.array(seen, { minLength: 1, maxLength: 5 }), fc.nat({ max: 4 }), (images, turn) => {
        const analysed = images.map(({ pneumonia, decision, lungs }, index) => {
          const { probabilities, activation, lungs: region } = lungs === 'found' ? found : wholeFrame
          const dataset = sourceHeader({ imageNumber: index + 1 })
          const analysis = {
            displayDigest: String(index),
            lungs: region,
            probabilities: { ...probabilities, pneumonia },
            activation,
            decision,
          }
          return { header: readImageHeader(dataset), dataset, flags: [], analysis }
        })
        const start = turn % analysed.length
        const turned = [...analysed.slice(start), ...analysed.slice(0, start)]
        const prediction = toPrediction(turned, [], context)
        if (prediction.kind === 'not-analysed') throw new Error('not analysed')
        const called = images.map(({ decision, lungs }) => (lungs === 'found' ? decision : 'undetermined'))
        const most = Math.max(...called.map(certainty))
        expect(certainty(prediction.decision)).to.equal(most)
        expect(prediction.images[0].decision).to.equal(prediction.decision)
        expect(prediction.images[0].probabilities.pneumonia).to.equal(
          Math.max(...images.filter((_, index) => certainty(called[index]!) === most).map((image) => image.pneumonia)),
        )
        expect(prediction.imagesDisagree).to.equal(new Set(called).size > 1)
        expect(prediction.images.map((image) => image.decision).sort()).to.deep.equal([...called].sort())
        for (const { lungs, flags } of prediction.images) {
          const codes = flags.map(({ code }) => code)
          expect(codes).to.deep.equal(lungs.kind === 'found' ? [] : ['LUNGS_NOT_FOUND'])
        }
      }),
    )
  })
})
