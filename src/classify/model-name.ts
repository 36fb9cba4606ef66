import type { ModelIdentity } from './prediction.ts'

/** A model as settings and people name it, whatever its thresholds: `pneumonia/1.0.1`. */
export function modelName({ name, version }: Pick<ModelIdentity, 'name' | 'version'>): string {
  return `${name}/${version}`
}
