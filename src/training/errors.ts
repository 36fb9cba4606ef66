import { defineError } from '../errors/triage-error.ts'

export const weightsUnreadable = defineError(
  'TRAINING_WEIGHTS_UNREADABLE',
  'permanent',
  (what: string) => `The ImageNet weights cannot be used: ${what}. Delete their folder in the cache and start again.`,
)

export const fetchFailed = defineError(
  'TRAINING_WEIGHTS_FETCH_FAILED',
  'transient',
  (name: string, cause: string) => `npm could not fetch ${name}: ${cause}. Check that npm reaches its registry.`,
)

export const noSuchSplit = defineError(
  'TRAINING_NO_SUCH_SPLIT',
  'permanent',
  (split: string, dir: string) => `${dir} holds no image of the split "${split}". Choose train, validation or test.`,
)

export const noImages = defineError(
  'TRAINING_NO_IMAGES',
  'permanent',
  (what: string) => `There are no images for ${what}. Check the data folder.`,
)

export const cacheDamaged = defineError(
  'TRAINING_CACHE_DAMAGED',
  'permanent',
  (file: string, cause: string) => `${file} cannot be continued: ${cause}. Delete that folder and start again.`,
)

export const tensorFileDamaged = defineError(
  'TRAINING_TENSOR_FILE_DAMAGED',
  'permanent',
  (file: string) => `${file} does not hold the tensors it names. Delete it and start again.`,
)

export const otherTraining = defineError(
  'TRAINING_OTHER_RECIPE',
  'permanent',
  (file: string) =>
    `${file} belongs to a training with other options or images. Choose another folder, or delete that one.`,
)

export const redisFailed = defineError(
  'TRAINING_REDIS_FAILED',
  'transient',
  (cause: string) =>
    `The queue on Redis failed: ${cause}. Check --redis and that Redis runs; what was written is kept.`,
)

export const notTrained = defineError(
  'TRAINING_NOT_TRAINED',
  'permanent',
  (dir: string) => `${dir} holds no finished epoch. Run train stage1 with that folder first.`,
)

export const gridInvalid = defineError(
  'TRAINING_GRID_INVALID',
  'permanent',
  (file: string, problems: string) =>
    `${file} is no grid: ${problems}. It holds lists of numbers "learningRate" and "l2" and a list "optimizer" of "adam" and "sgd".`,
)

export const featureFileUnfit = defineError(
  'TRAINING_FEATURES_UNFIT',
  'permanent',
  (file: string, line: number) =>
    `Line ${line} of ${file} names no training image of the data folder, or holds something that is no number. Write it anew with train features.`,
)

export const lossDiverged = defineError(
  'TRAINING_LOSS_DIVERGED',
  'permanent',
  (steps: number) =>
    `The loss is no finite number after ${steps} steps. Take a lower learning rate and another folder.`,
)

export const networkUnfit = defineError(
  'TRAINING_NETWORK_UNFIT',
  'permanent',
  (cause: string) => `The network is none of those that train model writes in float: ${cause}. Choose another model.`,
)

export const modelExists = defineError(
  'TRAINING_MODEL_EXISTS',
  'permanent',
  (dir: string) => `${dir} holds a model already. Choose another folder for --out.`,
)

export const rangeImagesUnfit = defineError(
  'TRAINING_RANGE_IMAGES_UNFIT',
  'permanent',
  (count: number, most: number) => `Ranges cannot be taken from ${count} images. Choose --images from 1 to ${most}.`,
)

export const quantizedAlready = defineError(
  'TRAINING_QUANTIZED_ALREADY',
  'permanent',
  (model: string) => `${model} is in 8 bits already. Choose the model in float32 that it was made from.`,
)

export const quantizationLoses = defineError(
  'TRAINING_QUANTIZATION_LOSES',
  'permanent',
  (loss: number, tolerable: number) =>
    `In 8 bits the area under the ROC curve on validation is ${loss.toFixed(4)} lower, more than ${tolerable}. Nothing was written; try more --images.`,
)

export const rangeMissing = defineError(
  'TRAINING_RANGE_MISSING',
  'permanent',
  (layer: string) =>
    `No range of values was measured for the layer ${layer}. Measure the very network that is to be written.`,
)
