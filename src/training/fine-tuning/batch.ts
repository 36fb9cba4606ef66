import type { NamedTensor } from '../engine/training-step.ts'
import type { Label } from '../data/kermany.ts'
import { stepInput } from './fine-tuning-network.ts'
import type { FineTuningRecipe } from './recipe.ts'

/** Weight of an image in the loss by label. */
export type LabelWeights = Readonly<Record<Label, number>>

/** Each class's share of the weighted loss: the target of an image with hidden lungs. */
export type Balance = Readonly<Record<Label, number>>

/** Each label's share of the weighted loss; the shares sum to 1. */
export function balanceOf(labels: readonly Label[], weights: LabelWeights): Balance {
  const total = labels.reduce((sum, label) => sum + weights[label], 0)
  const shareOf = (label: Label) => (labels.filter((one) => one === label).length * weights[label]) / total
  return { normal: shareOf('normal'), viral: shareOf('viral'), bacterial: shareOf('bacterial') }
}

/** An image's label, and whether its lungs are hidden. */
type BatchLabel = { readonly label: Label; readonly hidden: boolean }

/**
 * Weights that balance normal and pneumonia, with a mean of 1 over the images; all 1 unless the recipe balances by
 * `weights`.
 */
export function labelWeights(labels: readonly Label[], { balance }: FineTuningRecipe): LabelWeights {
  const normals = labels.filter((label) => label === 'normal').length
  if (balance !== 'weights' || normals === 0 || normals === labels.length) return { normal: 1, viral: 1, bacterial: 1 }
  const pneumonia = labels.length / (2 * (labels.length - normals))
  return { normal: labels.length / (2 * normals), viral: pneumonia, bacterial: pneumonia }
}

/** The graph inputs of a training step for a batch. */
export function toBatch(
  inputs: readonly Float32Array[],
  labels: readonly BatchLabel[],
  { weights, balance }: { readonly weights: LabelWeights; readonly balance: Balance },
  { labelSmoothing, subtypeWeight }: FineTuningRecipe,
): Record<string, NamedTensor> {
  const count = inputs.length
  const side = Math.sqrt(inputs[0]!.length / 3)
  const images = new Float32Array(count * inputs[0]!.length)
  for (const [index, input] of inputs.entries()) images.set(input, index * input.length)
  const shares = labels.map((one) => sharesOf(one, balance, labelSmoothing))
  const pneumonia = shares.map(([normal, viral, bacterial]) => [normal, viral + bacterial] as const)
  return {
    [stepInput.image]: { shape: [count, 3, side, side], values: images },
    [stepInput.pneumoniaTargets]: { shape: [count, 2], values: Float32Array.from(pneumonia.flat()) },
    ...(subtypeWeight > 0 && {
      [stepInput.subtypeTargets]: { shape: [count, 3], values: Float32Array.from(shares.flat()) },
    }),
    [stepInput.sampleWeights]: {
      shape: [count, 1],
      values: Float32Array.from(labels, ({ label, hidden }) => (hidden ? 1 : weights[label])),
    },
  }
}

/**
 * The target for normal, viral and bacterial. Label smoothing gives half of its share to normal and half to pneumonia.
 * With hidden lungs the target is the class balance.
 */
function sharesOf(
  { label, hidden }: BatchLabel,
  balance: Balance,
  smoothing: number,
): readonly [normal: number, viral: number, bacterial: number] {
  if (hidden) return [balance.normal, balance.viral, balance.bacterial]
  const smoothed = (one: Label, share: number) => smoothing * share + (one === label ? 1 - smoothing : 0)
  return [smoothed('normal', 1 / 2), smoothed('viral', 1 / 4), smoothed('bacterial', 1 / 4)]
}
