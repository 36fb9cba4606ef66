import type { InputSpec } from '../../classify/manifest.ts'

/** Preprocessing of the models that this code trains; it is written to their manifest. */
export const inputSpec: InputSpec = {
  inputSize: { width: 224, height: 224 },
  // ImageNet means in the channel order of Keras' original ResNet-50.
  normalisation: { channelOrder: 'BGR', means: [103.939, 116.779, 123.68] },
  preprocessing: {
    squareFrameSide: 224,
    gaussianSigma: 2,
    cropMargin: 0.03,
    outsideLungs: 'filled',
    contrast: 'standardised',
  },
}

/** Seed of the patient split; all models and the lung atlas hold out the same children. */
export const splitSeed = 1

/** Share of the training patients held out for validation (the report's 20 %). */
export const validationShare = 0.2
