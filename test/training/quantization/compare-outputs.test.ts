import { expect } from 'chai'
import { calibratedProbability } from '../../../src/classify/calibration.ts'
import { compareOutputs } from '../../../src/training/quantization/compare-outputs.ts'
import { matchLogits, matchedCalibration } from '../../../src/training/quantization/match-logits.ts'
import type { KermanyRow } from '../../../src/training/data/kermany.ts'
import { judge } from '../../../src/training/quantization/quantize-model.ts'
import { exampleManifest } from '../../classify/example-manifest.ts'
import { expectCode } from '../../classify/expect-code.ts'

describe('matchLogits', () => {
  it('gives the same probabilities for logits on a different scale', () => {
    const wanted = [-4, -1, 0.5, 3]
    const logits = wanted.map((logit) => (logit - 0.3) / 1.25)
    const calibration = { method: 'platt', slope: 0.8, intercept: -0.4, assumedPrevalence: 0.5 } as const
    const matched = matchedCalibration(calibration, matchLogits(logits, wanted))
    for (const [index, logit] of logits.entries()) {
      expect(calibratedProbability(logit, matched)).to.be.closeTo(
        calibratedProbability(wanted[index]!, calibration),
        1e-9,
      )
    }
    expect(matched.assumedPrevalence).to.equal(0.5)
  })
})

describe('compareOutputs', () => {
  const manifest = exampleManifest()
  const rows = ['normal', 'normal', 'viral', 'bacterial'].map((label, index): KermanyRow => ({
    ...{ split: 'train', patient: `child ${index}`, file: '', image224: '', maskEvidence: 'none' },
    label: label as KermanyRow['label'],
  }))
  const answers = (logits: readonly number[]) => ({
    outputs: logits.map((pneumoniaLogit) => ({
      pneumoniaLogit,
      activationMap: Float32Array.of(pneumoniaLogit, 0),
      activationSide: 1,
      subtype: { normal: 0.2, viral: 0.4, bacterial: 0.4 },
      features: new Float32Array(1),
    })),
    manifest,
  })
  const float32 = answers([-5, -4, 4, 5])

  it('reports no difference between a network and itself', () => {
    const comparison = compareOutputs(rows, float32, float32)
    expect(comparison).to.deep.include({ n: 4, auc: 1, aucFloat32: 1, aucDifference: 0, decisionsChanged: {} })
    const none = { median: 0, p95: 0, max: 0 }
    expect(comparison.probabilityDifferences).to.deep.equal({ pneumonia: none, bacterial: none, viral: none })
    expect(comparison.activationDifference).to.deep.equal(none)
  })

  it('reports the loss of AUC, the changed decisions and the differences of probability', () => {
    const comparison = compareOutputs(rows, answers([-5, 6, 4, 5]), float32)
    expect(comparison.auc).to.equal(0.5)
    expect(comparison.aucDifference).to.equal(-0.5)
    expect(comparison.aucDifferenceCi95[0]).to.be.below(-0.5)
    expect(comparison.decisionsChanged).to.deep.equal({ 'absent to present': 1 })
    const { pneumonia, bacterial, viral } = comparison.probabilityDifferences
    expect(pneumonia.max).to.be.above(0.9)
    expect(pneumonia.median).to.equal(0)
    // Bacterial and viral are each half of pneumonia here.
    expect(bacterial.max).to.be.closeTo(pneumonia.max / 2, 1e-6)
    expect(viral.max).to.be.closeTo(pneumonia.max / 2, 1e-6)
    expect(comparison.activationDifference.max).to.be.above(0.3)
  })
})

describe('judge', () => {
  const base = exampleManifest()
  const uncalibrated = { ...base, name: 'example-int8' }
  const rows = ['normal', 'normal', 'viral', 'bacterial'].map((label, index): KermanyRow => ({
    ...{ split: 'train', patient: `child ${index}`, file: '', image224: '', maskEvidence: 'none' },
    label: label as KermanyRow['label'],
  }))
  const outputs = (logits: readonly number[]) =>
    logits.map((pneumoniaLogit) => ({
      pneumoniaLogit,
      activationMap: Float32Array.of(0),
      activationSide: 1,
      subtype: { normal: 0.2, viral: 0.4, bacterial: 0.4 },
      features: new Float32Array(1),
    }))
  const float32 = { base, theirs: outputs([-5, -4, 4, 5]) }

  it('calibrates an 8-bit network to the same probabilities and keeps the thresholds', () => {
    const { manifest, comparison } = judge(rows, { uncalibrated, ours: outputs([-2.5, -2, 2, 2.5]) }, float32)
    expect(manifest.calibration.slope).to.be.closeTo(2 * base.calibration.slope, 1e-9)
    expect(manifest.labels).to.deep.equal(base.labels)
    expect(comparison.probabilityDifferences.pneumonia.max).to.be.below(1e-9)
  })

  it('rejects an 8-bit network whose AUC falls by more than 0.001', () => {
    expectCode(
      () => judge(rows, { uncalibrated, ours: outputs([-5, 4.5, 4, 5]) }, float32),
      'TRAINING_QUANTIZATION_LOSES',
    )
  })

  it('rejects an 8-bit network with logits of opposite sign', () => {
    expectCode(() => judge(rows, { uncalibrated, ours: outputs([5, 4, -4, -5]) }, float32), 'CLASSIFY_MANIFEST_INVALID')
  })
})
