import { mkdir } from 'node:fs/promises'
import type { TrustGate } from '../../lungs/trust.ts'
import { isValidationPatient } from '../patient-split.ts'
import { seededRandom } from '../random.ts'
import { type AnnotatedSet, readAnnotatedSet } from './annotated-frame.ts'
import { writeAtlas } from './atlas-files.ts'
import { registrationSettings } from './atlas-spec.ts'
import type { AtlasMeasures } from './atlas-measures.ts'
import { tooFewChildren } from './errors.ts'
import { type GateMeasure, fitGate, measureGate } from './gate.ts'
import { type Judgement, judge } from './judge.ts'
import { asAtlasPrototypes, learnPrototypes } from './prototypes.ts'

const clusters = 24
/** Fewer children than this make no atlas of several prototypes with a part held out. */
const fewestInData = 100

export interface TrainAtlasOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  /** Folder for the atlas's files. */
  readonly outDir: string
  readonly seed: number
  readonly onProgress: (text: string) => void
}

/**
 * Learns the lung atlas from the training children with a certain mask, measures it on children held out by patient, fits the
 * trust gate to those, and writes `manifest.json`, `atlas.bin`, `MODEL_CARD.md` and `contact-sheet.png`. The same data and seed give
 * the same bytes.
 */
export async function trainAtlas({ dataDir, outDir, seed, onProgress }: TrainAtlasOptions): Promise<AtlasMeasures> {
  const set = await readAnnotatedSet(dataDir, onProgress)
  const children = new Set([...set.learning, ...set.heldOut].map(({ patient }) => patient)).size
  if (children < fewestInData) throw tooFewChildren(children, fewestInData)
  const registration = registrationSettings
  const trained = learnPrototypes(set.learning, { clusters, registration, random: seededRandom(seed), onProgress })
  const atlas = { prototypes: asAtlasPrototypes(trained, registration), registration }
  const judgement = judge(set.heldOut, atlas, seededRandom(seed + 1), onProgress)
  const measures = { heldOut: judgement.measure, gate: crossMeasureGate(judgement, seed) }
  await mkdir(outDir, { recursive: true })
  await writeAtlas(outDir, {
    trained,
    registration,
    gate: fitGate(judgement.cases),
    measures,
    seed,
    counts: countsOf(set),
  })
  return measures
}

/** The shipped gate is fitted to all held-out children; its figures are those of one fitted to half of them, on the other half. */
function crossMeasureGate({ cases }: Judgement, seed: number): GateMeasure {
  const inHalf = ({ patient }: { patient: string }): boolean => isValidationPatient(patient, seed + 1, 0.5)
  const gate: TrustGate = fitGate(cases.filter(inHalf))
  return measureGate(
    cases.filter((one) => !inHalf(one)),
    gate,
  )
}

function countsOf({ learning }: AnnotatedSet): { learningImages: number; learningChildren: number } {
  return {
    learningImages: learning.length,
    learningChildren: new Set(learning.map(({ patient }) => patient)).size,
  }
}
