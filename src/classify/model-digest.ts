import { createHash } from 'node:crypto'
import type { ModelManifest } from './manifest.ts'
import type { ModelIdentity, Thresholds } from './prediction.ts'

/** The parts of a manifest that results depend on. */
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
 * The model identity in results. Its digest covers the model's name and version, weights, atlas, image preparation,
 * calibration, thresholds in force, and result format; a change to any of these creates new result objects. Name and
 * version are included because models are retracted by version: another version must never find the kept results.
 * @param resultFormatVersion version of the report's format
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
