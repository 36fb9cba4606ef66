import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseLungAtlas } from '../../lungs/atlas.ts'
import type { RegistrationSettings } from '../../lungs/prepared-image.ts'
import type { TrustGate } from '../../lungs/trust.ts'
import { drawContactSheet } from './contact-sheet.ts'
import { modelCard } from './model-card.ts'
import { type TrainedPrototype, lungProbabilitySide } from './prototypes.ts'
import type { AtlasMeasures } from './atlas-measures.ts'
import { atlasVersion } from './atlas-spec.ts'

export interface TrainedAtlas {
  readonly trained: readonly TrainedPrototype[]
  readonly registration: RegistrationSettings
  readonly gate: TrustGate
  readonly measures: AtlasMeasures
  readonly seed: number
  readonly counts: { readonly learningImages: number; readonly learningChildren: number }
}

/** Writes the atlas's files; what is written is read back as the product will read it. */
export async function writeAtlas(outDir: string, atlas: TrainedAtlas): Promise<void> {
  const weights = Buffer.concat(
    atlas.trained.flatMap(({ appearance, lungProbability }) => [appearance, lungProbability]),
  )
  const manifest = manifestOf(atlas, weights)
  parseLungAtlas(manifest, weights)
  await writeFile(join(outDir, 'atlas.bin'), weights)
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(join(outDir, 'MODEL_CARD.md'), modelCard(atlas))
  await writeFile(join(outDir, 'contact-sheet.png'), await drawContactSheet(atlas.trained))
}

function manifestOf({ trained, registration, gate, measures, seed, counts }: TrainedAtlas, weights: Buffer): object {
  return {
    name: 'lung-atlas',
    version: atlasVersion,
    notForDiagnosticUse: 'Research software. Not for diagnostic use.',
    weights: {
      file: 'atlas.bin',
      bytes: weights.length,
      sha256: createHash('sha256').update(weights).digest('hex'),
      layout:
        'per prototype: appearance (frameSide² bytes), lung probability (lungProbabilitySide² bytes, 255 = 1); rows from the top',
    },
    lungProbabilitySide,
    prototypes: trained.map(({ children, images }) => ({ children, images })),
    registration,
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
