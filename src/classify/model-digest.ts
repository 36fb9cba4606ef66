import { createHash } from 'node:crypto'
import type { ModelManifest } from './manifest.ts'
import type { ModelIdentity, Thresholds } from './prediction.ts'

/** The parts of a manifest on which results depend. */
type ResultRelevant = Pick<
  ModelManifest,
  | 'name'
  | 'version'
  | 'network'
  | 'lungAtlas'
  | 'inputSize'
  | 'normalisation'
  | 'preprocessing'
  | 'calibration'
  | 'activation'
>

/**
 * The identity that results carry. Its digest changes with the model's name and version, the weights, the atlas, how images are
 * prepared and probabilities calibrated, the thresholds in force, and the form of the results: whatever changes makes new result
 * objects. Name and version are among them since a version is what is retracted: another one must never find its kept results.
 * @param resultFormatVersion version of what the report writes
 */
export function modelIdentity(
  manifest: ResultRelevant,
  thresholds: Thresholds,
  resultFormatVersion: string,
): ModelIdentity {
  const parts = [
    manifest.name,
    manifest.version,
    manifest.network.sha256,
    manifest.lungAtlas.sha256,
    manifest.inputSize.width,
    manifest.inputSize.height,
    manifest.normalisation.channelOrder,
    ...manifest.normalisation.means,
    manifest.preprocessing.squareFrameSide,
    manifest.preprocessing.gaussianSigma,
    manifest.preprocessing.cropMargin,
    manifest.preprocessing.outsideLungs,
    manifest.preprocessing.contrast,
    manifest.calibration.method,
    manifest.calibration.slope,
    manifest.calibration.intercept,
    manifest.activation.fullScale,
    thresholds.present,
    thresholds.absent,
    resultFormatVersion,
  ]
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex')
  return { name: manifest.name, version: manifest.version, digest }
}
