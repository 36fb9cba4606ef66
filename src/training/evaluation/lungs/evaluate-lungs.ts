import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LungMask } from '../../../lungs/lung-region.ts'
import { loadFonts } from '../../../analyse/load-fonts.ts'
import { modelDir } from '../../../analyse/model-folder.ts'
import { readLungs, certainSources } from '../../atlas/annotated-frame.ts'
import { meanMask } from '../../atlas/baselines.ts'
import { agreementWith } from '../../atlas/judge.ts'
import { toMask } from '../../statistics/overlap.ts'
import { partOf } from '../../atlas/parts.ts'
import { noSuchSplit } from '../../errors.ts'
import { readLungAtlas } from '../../inputs/lung-atlas-file.ts'
import { evaluationTable, imagesCsv } from './evaluation-table.ts'
import { type JudgeOptions, type JudgedSet, judgedSets } from './judged-sets.ts'
import { type EvaluatedImage, type LungEvaluation, summariseEvaluation, trustOf } from './lung-evaluation.ts'
import { readMontgomery } from './montgomery.ts'
import { type OtherImage, judgeOtherImages } from './other-images.ts'
import { type Overlay, drawOverlaySheet } from './overlay-sheet.ts'
import { unlikelyPairs } from './unlikely-pairs.ts'

interface EvaluateLungsOptions extends JudgeOptions {
  /** Folder for tables and figures. */
  readonly outDir: string
}

const onASheet = 10

/**
 * Measures lung localisation against drawn lungs. Writes `lungs.md` (tables), `images.csv`, `samples.png` (boundaries
 * on sample radiographs) and `worst.png` (the ten lowest Dice coefficients) to a folder.
 * @throws TriageError TRAINING_NO_SUCH_SPLIT, TRAINING_NO_IMAGES
 */
export async function evaluateLungs(options: EvaluateLungsOptions): Promise<LungEvaluation> {
  const { split, atlas, outDir, progress } = options
  const sets = await judgedSets(options)
  progress('comparing found and drawn lungs')
  const mean = await meanTrainingMask(options)
  const images: EvaluatedImage[] = []
  for (const set of sets) for (const image of set.images) images.push(await evaluated(image, set, mean))
  if (images.length === 0) throw noSuchSplit(split, options.dataDir)
  const pairs = unlikelyPairs(images.map(({ whole, ...image }) => ({ ...image, found: image.mask, dice: whole.dice })))
  const trusted = sets.flatMap(({ cases, gate }) => (gate === undefined ? [] : [{ cases, gate }]))
  const names = { split: atlas === 'montgomery' ? 'leave-one-out' : split, atlas }
  const otherImages = await otherImagesOf(options)
  const evaluation = summariseEvaluation(names, images, trusted, { unlikelyPairs: pairs, otherImages })
  await mkdir(outDir, { recursive: true })
  await writeFile(join(outDir, 'lungs.md'), evaluationTable(evaluation))
  await writeFile(join(outDir, 'images.csv'), imagesCsv(images))
  await writeSheets(outDir, images)
  return evaluation
}

async function evaluated(
  { judged, read }: JudgedSet['images'][number],
  { gate }: JudgedSet,
  mean: LungMask,
): Promise<EvaluatedImage> {
  const { frame, lungs, size } = await read()
  const drawn = toMask(lungs)
  return { ...judged, frame, size, drawn, meanMask: agreementWith(mean, drawn, size), ...trustOf(judged, gate) }
}

/** The mean mask of the released atlas's training children, or of all adults for Montgomery County. */
async function meanTrainingMask({ dataDir, atlas }: JudgeOptions): Promise<LungMask> {
  const masks = []
  if (atlas === 'montgomery') {
    for (const { lungs } of await readMontgomery(dataDir)) masks.push(lungs)
  } else {
    const sources = await certainSources(dataDir)
    for (const { mask, patient } of sources) if (partOf(patient) !== 'held-out') masks.push(await readLungs(mask))
  }
  return meanMask(masks)
}

/** Empty for Montgomery County, whose atlas has no trust gate. */
async function otherImagesOf({ dataDir, atlas }: JudgeOptions): Promise<OtherImage[]> {
  if (atlas === 'montgomery') return []
  return judgeOtherImages(dataDir, (await readLungAtlas(modelDir(atlas))).atlas)
}

async function writeSheets(outDir: string, images: readonly EvaluatedImage[]): Promise<void> {
  const { regular } = await loadFonts()
  const worst = [...images].sort((a, b) => a.whole.dice - b.whole.dice).slice(0, onASheet)
  const step = images.length / onASheet
  const samples = Array.from({ length: Math.min(onASheet, images.length) }, (_, k) => images[Math.floor(k * step)]!)
  const sheets = {
    'worst.png': [`The ${worst.length} lowest Dice coefficients`, worst],
    'samples.png': ['Samples', samples],
  } as const
  for (const [name, [title, some]] of Object.entries(sheets)) {
    await writeFile(join(outDir, name), await drawOverlaySheet(title, some.map(toOverlay), regular))
  }
}

function toOverlay({ frame, mask, drawn, size, file, whole, quality }: EvaluatedImage): Overlay {
  const trust = quality === undefined ? '' : `, quality ${quality.toFixed(2)}`
  return {
    frame,
    found: mask,
    drawn,
    aspect: size === undefined ? 1 : size.width / size.height,
    caption: `${file.replace(/\.[a-z]+$/, '')}: Dice ${whole.dice.toFixed(3)}${trust}`,
  }
}
