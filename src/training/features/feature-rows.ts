import type { Label } from '../data/kermany.ts'

/** The features of one image. */
interface FeatureRow {
  readonly label: Label
  readonly file: string
  readonly features: Float32Array
}

/** One line per image: label, file name, features with 9 significant digits, which restore float32 exactly. */
export function featureLine({ label, file, features }: FeatureRow): string {
  return `${label} ${file} ${Array.from(features, (value) => Number(value.toPrecision(9))).join(' ')}\n`
}

export function parseFeatureLine(line: string): FeatureRow {
  const [label, file, ...values] = line.split(' ')
  return { label: label as Label, file: file!, features: Float32Array.from(values, Number) }
}
