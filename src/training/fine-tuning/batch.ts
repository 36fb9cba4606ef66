import type { NamedTensor } from '../engine/training-step.ts'
import { subtypeClasses } from '../heads/train-heads.ts'
import type { Label } from '../kermany.ts'
import { stepInput } from './fine-tuning-network.ts'
import type { FineTuningRecipe } from './recipe.ts'

/** Weight of an image in the loss, by label. */
export type LabelWeights = Readonly<Record<Label, number>>

/** Weights by which normal and pneumonia count the same, with a mean of 1 over the images; without `weights` all are 1. */
export function labelWeights(labels: readonly Label[], { balance }: FineTuningRecipe): LabelWeights {
  const normals = labels.filter((label) => label === 'normal').length
  if (balance !== 'weights' || normals === 0 || normals === labels.length) return { normal: 1, viral: 1, bacterial: 1 }
  const pneumonia = labels.length / (2 * (labels.length - normals))
  return { normal: labels.length / (2 * normals), viral: pneumonia, bacterial: pneumonia }
}

/** What a training step is fed for a batch. */
export function toBatch(
  inputs: readonly Float32Array[],
  labels: readonly Label[],
  weights: LabelWeights,
  { labelSmoothing, subtypeWeight }: FineTuningRecipe,
): Record<string, NamedTensor> {
  const count = inputs.length
  const side = Math.sqrt(inputs[0]!.length / 3)
  const images = new Float32Array(count * inputs[0]!.length)
  for (const [index, input] of inputs.entries()) images.set(input, index * input.length)
  return {
    [stepInput.image]: { shape: [count, 3, side, side], values: images },
    [stepInput.pneumoniaTargets]: targets(
      labels.map((label) => (label === 'normal' ? 0 : 1)),
      2,
      labelSmoothing,
    ),
    ...(subtypeWeight > 0 && {
      [stepInput.subtypeTargets]: targets(
        labels.map((label) => subtypeClasses.indexOf(label)),
        3,
        labelSmoothing,
      ),
    }),
    [stepInput.sampleWeights]: { shape: [count, 1], values: Float32Array.from(labels, (label) => weights[label]) },
  }
}

function targets(classOf: readonly number[], classes: number, smoothing: number): NamedTensor {
  const values = new Float32Array(classOf.length * classes).fill(smoothing / classes)
  for (const [index, label] of classOf.entries()) values[index * classes + label]! += 1 - smoothing
  return { shape: [classOf.length, classes], values }
}
