import type { ModelManifest } from './manifest.ts'
import type { ModelIdentity } from './prediction.ts'

/** Of every model: three numbers. */
export const modelVersion = /^\d+\.\d+\.\d+$/

/** A model as settings and people name it, whatever its thresholds: `pneumonia/1.0.1`. */
export function modelName({ name, version }: Pick<ModelIdentity, 'name' | 'version'>): string {
  return `${name}/${version}`
}

/** A model, and the one whose network it has in 8 bits: what is wrong with that is wrong with both. */
export type ModelLineage = readonly [model: string, ...origins: string[]]

export function modelLineage(manifest: Pick<ModelManifest, 'name' | 'version' | 'network'>): ModelLineage {
  const { quantized } = manifest.network
  return quantized === undefined ? [modelName(manifest)] : [modelName(manifest), quantized.model]
}
