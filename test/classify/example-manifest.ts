import type { ModelManifest } from '../../src/classify/manifest.ts'

/** A valid manifest of a fictitious model. */
export function exampleManifest(): ModelManifest {
  return {
    name: 'example',
    version: '1.2.3',
    notForDiagnosticUse: true,
    network: { file: 'network.onnx', sha256: 'a'.repeat(64) },
    lungAtlas: { folder: 'lung-atlas/1.0.0', sha256: 'b'.repeat(64) },
    labels: {
      pneumonia: {
        thresholds: { present: 0.7, absent: 0.3 },
      },
    },
    inputSize: { width: 224, height: 224 },
    normalisation: { channelOrder: 'BGR', means: [103.939, 116.779, 123.68] },
    preprocessing: {
      squareFrameSide: 224,
      gaussianSigma: 2,
      cropMargin: 0,
      outsideLungs: 'kept',
      contrast: 'displayed',
    },
    calibration: { method: 'platt', slope: 2, intercept: -1, assumedPrevalence: 0.5 },
    activation: { fullScale: 4 },
    trainingData: [{ name: 'no data', licence: 'none', images: 0, use: 'none' }],
    metrics: {},
  }
}
