import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseLungAtlas } from '../../lungs/atlas/atlas.ts'
import type { TrustGate } from '../../lungs/trust.ts'
import { drawContactSheet } from './contact-sheet.ts'
import { modelCard } from './model-card.ts'
import type { AtlasMeasures } from './atlas-measures.ts'
import { atlasVersion } from './atlas-spec.ts'
import type { TrainedLocaliser } from './trained-localiser.ts'

export interface TrainedAtlas {
  readonly localiser: TrainedLocaliser
  readonly gate: TrustGate
  readonly measures: AtlasMeasures
  readonly seed: number
  readonly counts: { readonly learningImages: number; readonly learningChildren: number }
}

/** Writes the atlas's files, after parsing manifest and weights with the parser that serving uses. */
export async function writeAtlas(outDir: string, atlas: TrainedAtlas): Promise<void> {
  const { prototypes, dataTerm } = atlas.localiser
  const weights = Buffer.concat([
    ...prototypes.flatMap(({ appearance, lungProbability }) => [appearance, lungProbability]),
    littleEndian(dataTerm.values),
  ])
  const manifest = manifestOf(atlas, weights)
  parseLungAtlas(manifest, weights)
  await writeFile(join(outDir, 'atlas.bin'), weights)
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(outDir, 'MODEL_CARD.md'), modelCard(atlas))
  await writeFile(join(outDir, 'contact-sheet.png'), await drawContactSheet(prototypes))
}

function littleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, 4 * index)
  return bytes
}

function manifestOf({ localiser, gate, measures, seed, counts }: TrainedAtlas, weights: Buffer): object {
  const { prototypes, registration, dataTerm, cut } = localiser
  return {
    name: 'lung-atlas',
    version: atlasVersion,
    notForDiagnosticUse: 'Research software. Not for diagnostic use.',
    weights: {
      file: 'atlas.bin',
      bytes: weights.length,
      sha256: createHash('sha256').update(weights).digest('hex'),
      layout:
        'per prototype: appearance (frameSide² bytes), lung probability (gridSide² bytes, 255 = 1), rows from the top; then the data term: weights by input, biases, output weights, output bias (float32, little endian)',
    },
    prototypes: prototypes.map(({ children, images }) => ({ children, images })),
    registration,
    dataTerm: { hidden: dataTerm.hidden },
    cut,
    gate,
    trainingData: {
      radiographs: 'Kermany & Goldbaum, Mendeley Data, children of 1 to 5 years; CC BY 4.0',
      masks: 'V7 Labs COVID-19 X-ray data set, human-drawn, heart shadow included; CC BY 4.0',
      ...counts,
      seed,
    },
    metrics: measures,
  }
}
