/** How a network is fine-tuned. The checkpoint's digest covers it, so a run cannot resume with a different recipe. */
export interface FineTuningRecipe {
  /** Preceding epochs of the dense layer alone, on the frozen trunk's features; 0 starts from a small random layer. */
  readonly denseEpochs: number
  readonly epochs: number
  readonly batchSize: number
  readonly learningRate: number
  /** `cosine` decays from the learning rate to 0 over all steps (Loshchilov & Hutter 2017). */
  readonly schedule: 'constant' | 'cosine'
  readonly optimizer: 'sgd' | 'adam'
  /** Factor of the sum of squared kernels in the loss. */
  readonly l2: number
  /** Share of the target spread over all classes (Szegedy et al. 2016). */
  readonly labelSmoothing: number
  /** Weight of the three-class loss relative to the normal-pneumonia loss; 0 trains stage one alone. */
  readonly subtypeWeight: number
  /** Stages up to this one keep the ImageNet weights: 1 is the stem, 2 to 5 the residual stages; 0 trains all. */
  readonly frozenStages: number
  /** Decay of the moving average of weights that is validated and kept; 0 keeps the weights themselves. */
  readonly averageDecay: number
  /** `oversample` adds varied normal images until the classes balance; `weights` weights the loss instead. */
  readonly balance: 'oversample' | 'weights'
  /** Share of the training images that are augmented (`variation.ts`). */
  readonly variedShare: number
  /**
   * Share of the training images with hidden lungs, whose target is the class balance. It teaches the network not to
   * infer pneumonia from the outline of the lungs or from the mediastinum.
   */
  readonly hiddenShare: number
  readonly seed: number
}

/**
 * The report's two phases: the dense layer with Adam 1e-3 for 20 epochs, then the weights with SGD 1e-4 for 10 epochs.
 * Varied copies of the normal images balance the classes. The stem is frozen: its inputs are ±128 and its batch
 * normalisation is folded in. Training the stem as well gave a loss of 69 after ten batches, instead of 0.14.
 */
export const reportRecipe: FineTuningRecipe = {
  denseEpochs: 20,
  epochs: 10,
  batchSize: 16,
  learningRate: 1e-4,
  schedule: 'constant',
  optimizer: 'sgd',
  l2: 0,
  labelSmoothing: 0,
  subtypeWeight: 0,
  frozenStages: 1,
  averageDecay: 0,
  balance: 'oversample',
  variedShare: 1,
  hiddenShare: 0,
  seed: 1,
}

/**
 * The recipe of `pneumonia/1.0.0` and 1.0.1. It is not the result of a search. The only other recipe tried had no
 * hidden lungs, and its network detected pneumonia on images whose lungs were painted black.
 */
export const releaseRecipe: FineTuningRecipe = {
  denseEpochs: 0,
  epochs: 3,
  batchSize: 16,
  learningRate: 1e-3,
  schedule: 'cosine',
  optimizer: 'sgd',
  l2: 1e-5,
  labelSmoothing: 0.05,
  subtypeWeight: 0.5,
  frozenStages: 3,
  averageDecay: 0.99,
  balance: 'weights',
  variedShare: 0.8,
  hiddenShare: 0.12,
  seed: 1,
}

export const recipes = { report: reportRecipe, release: releaseRecipe } as const

/** The learning rate of a step. Steps count from 0. */
export function learningRateAt({ schedule, learningRate }: FineTuningRecipe, step: number, steps: number): number {
  if (schedule === 'constant') return learningRate
  return (learningRate * (1 + Math.cos((Math.PI * step) / steps))) / 2
}
