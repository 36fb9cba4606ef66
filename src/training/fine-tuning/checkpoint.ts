import { join } from 'node:path'
import { z } from 'zod'
import type { TrainingState } from '../engine/step-session.ts'
import { readTensorFile, writeTensorFile } from '../engine/tensor-file.ts'
import type { NamedTensor, NamedTensors } from '../engine/training-step.ts'
import { otherTraining } from '../errors.ts'

const epochRecord = z.object({
  training: z.number(),
  validation: z.number(),
  /** Area under the ROC curve of normal versus pneumonia on the validation images. */
  validationAuc: z.number(),
  imagesPerSecond: z.number(),
})

/** Mean training and validation losses of an epoch. */
export type EpochRecord = z.infer<typeof epochRecord>

const courseSchema = z.object({
  /** Digest of recipe, images and initial weights. */
  training: z.string(),
  epoch: z.number().int(),
  batch: z.number().int(),
  steps: z.number().int(),
  /** Sum of the losses of this epoch's batches. */
  lossSum: z.number(),
  seconds: z.number(),
  history: z.array(epochRecord),
})

/** Progress of a training run. The next batch is `batch` of `epoch`, both counted from 0. */
export type Course = z.infer<typeof courseSchema>

export interface Checkpoint {
  readonly course: Course
  readonly state: TrainingState
  /** Running average of the trained weights. */
  readonly average: NamedTensors
}

const checkpointFile = 'checkpoint.bin'
const bestFile = 'best.bin'
const averagePrefix = 'average:'

export async function writeCheckpoint(dir: string, { course, state, average }: Checkpoint): Promise<void> {
  const averages = [...average].map(([name, tensor]): [string, NamedTensor] => [`${averagePrefix}${name}`, tensor])
  const tensors = new Map([...state.tensors, ...averages])
  await writeTensorFile(join(dir, checkpointFile), { description: course, tensors })
}

/**
 * @param training digest of the training run; a checkpoint with a different digest is an error
 * @returns undefined before the first checkpoint
 * @throws TRAINING_OTHER_RECIPE, TRAINING_TENSOR_FILE_DAMAGED
 */
export async function readCheckpoint(dir: string, training: string): Promise<Checkpoint | undefined> {
  const file = await readTensorFile(join(dir, checkpointFile))
  if (file === undefined) return undefined
  const course = courseSchema.parse(file.description)
  if (course.training !== training) throw otherTraining(join(dir, checkpointFile))
  const state = new Map<string, NamedTensor>()
  const average = new Map<string, NamedTensor>()
  for (const [name, tensor] of file.tensors) {
    if (name.startsWith(averagePrefix)) average.set(name.slice(averagePrefix.length), tensor)
    else state.set(name, tensor)
  }
  return { course, state: { steps: course.steps, tensors: state }, average }
}

const bestSchema = z.object({
  training: z.string(),
  epoch: z.number().int(),
  blocks: z.array(z.number().int()),
  imageSize: z.number().int(),
})

/** Description stored with the best weights; `epoch` is counted from 0. */
type BestEpoch = z.infer<typeof bestSchema>

/** Saves the weights of the epoch with the lowest validation loss. */
export async function writeBest(dir: string, best: BestEpoch, weights: NamedTensors): Promise<void> {
  await writeTensorFile(join(dir, bestFile), { description: best, tensors: weights })
}

/** @returns undefined until the first epoch has ended */
export async function readBest(dir: string): Promise<{ best: BestEpoch; weights: NamedTensors } | undefined> {
  const file = await readTensorFile(join(dir, bestFile))
  if (file === undefined) return undefined
  return { best: bestSchema.parse(file.description), weights: file.tensors }
}
