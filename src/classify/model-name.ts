import type { ModelManifest } from './manifest.ts'
import type { ModelIdentity } from './prediction.ts'

/** A model's version: three numbers. */
export const modelVersion = /^\d+\.\d+\.\d+$/

/** The name of a model in settings and messages, independent of its thresholds: `pneumonia/1.0.1`. */
export function modelName({ name, version }: Pick<ModelIdentity, 'name' | 'version'>): string {
  return `${name}/${version}`
}

/** A model and, for an 8-bit model, the one that it was made from: a defect in the original affects both. */
export type ModelLineage = readonly [model: string, ...origins: string[]]

export function modelLineage(manifest: Pick<ModelManifest, 'name' | 'version' | 'network'>): ModelLineage {
  const { quantized } = manifest.network
  return quantized === undefined ? [modelName(manifest)] : [modelName(manifest), quantized.model]
}

/** The model of a name that `modelName` made. */
export function modelFromName(model: string): Pick<ModelIdentity, 'name' | 'version'> {
  const [name = '', version = ''] = model.split('/')
  return { name, version }
}
