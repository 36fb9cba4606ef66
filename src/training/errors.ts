import { defineError } from '../errors/triage-error.ts'

export const weightsUnreadable = defineError(
  'TRAINING_WEIGHTS_UNREADABLE',
  'permanent',
  (what: string) => `Cannot use the ImageNet weights: ${what}. Delete their folder in the cache and start again.`,
)

export const fetchFailed = defineError(
  'TRAINING_WEIGHTS_FETCH_FAILED',
  'transient',
  (name: string, cause: string) => `npm could not fetch ${name}: ${cause}. Check that npm can reach its registry.`,
)

export const noSuchSplit = defineError(
  'TRAINING_NO_SUCH_SPLIT',
  'permanent',
  (split: string, dir: string) => `${dir} holds no image of the split "${split}". Choose train, validation or test.`,
)

export const noImages = defineError(
  'TRAINING_NO_IMAGES',
  'permanent',
  (what: string) => `No images found for ${what}. Check the data folder.`,
)

export const cacheDamaged = defineError(
  'TRAINING_CACHE_DAMAGED',
  'permanent',
  (file: string, cause: string) => `Cannot resume from ${file}: ${cause}. Delete its folder and start again.`,
)

export const tensorFileDamaged = defineError(
  'TRAINING_TENSOR_FILE_DAMAGED',
  'permanent',
  (file: string) => `${file} is damaged: tensors listed in its header are missing. Delete it and start again.`,
)

export const otherTraining = defineError(
  'TRAINING_OTHER_RECIPE',
  'permanent',
  (file: string) =>
    `${file} belongs to a training run with other options or images. Choose another folder, or delete this one.`,
)

export const redisFailed = defineError(
  'TRAINING_REDIS_FAILED',
  'transient',
  (cause: string) =>
    `The queue on Redis failed: ${cause}. Check --redis and that Redis is running. Parts already written are kept.`,
)

export const notTrained = defineError(
  'TRAINING_NOT_TRAINED',
  'permanent',
  (dir: string) => `${dir} holds no finished epoch. Run train stage1 with this folder first.`,
)

export const gridInvalid = defineError(
  'TRAINING_GRID_INVALID',
  'permanent',
  (file: string, problems: string) =>
    `${file} is not a valid grid file: ${problems}. It needs number lists "learningRate" and "l2" and a list "optimizer" of "adam" or "sgd".`,
)

export const featureFileUnfit = defineError(
  'TRAINING_FEATURES_UNFIT',
  'permanent',
  (file: string, line: number) =>
    `Line ${line} of ${file} names an unknown training image or contains a value that is not a number. Write the file again with train features.`,
)

export const lossDiverged = defineError(
  'TRAINING_LOSS_DIVERGED',
  'permanent',
  (steps: number) => `The loss is not finite after ${steps} steps. Use a lower learning rate and another folder.`,
)

export const networkUnfit = defineError(
  'TRAINING_NETWORK_UNFIT',
  'permanent',
  (cause: string) => `The network was not written by train model in float: ${cause}. Choose another model.`,
)

export const modelExists = defineError(
  'TRAINING_MODEL_EXISTS',
  'permanent',
  (dir: string) => `${dir} already holds a model. Choose another folder for --out.`,
)

export const rangeImagesUnfit = defineError(
  'TRAINING_RANGE_IMAGES_UNFIT',
  'permanent',
  (count: number, most: number) => `Cannot measure value ranges on ${count} images. Choose --images from 1 to ${most}.`,
)

export const quantizedAlready = defineError(
  'TRAINING_QUANTIZED_ALREADY',
  'permanent',
  (model: string) => `${model} is already an 8-bit model. Choose the float32 model that it was made from.`,
)

export const quantizationLoses = defineError(
  'TRAINING_QUANTIZATION_LOSES',
  'permanent',
  (loss: number, tolerable: number) =>
    `The 8-bit network lowers the area under the ROC curve on validation by ${loss.toFixed(4)}; the limit is ${tolerable}. Nothing was written. Try more --images.`,
)

export const rangeMissing = defineError(
  'TRAINING_RANGE_MISSING',
  'permanent',
  (layer: string) => `No value range was measured for layer ${layer}. Measure the same network that you write.`,
)
