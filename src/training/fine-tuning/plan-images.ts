import { drawnLungs } from '../inputs/drawn-lungs.ts'
import { type LocateOptions, type LungsOf, locateAllLungs } from '../inputs/located-lungs.ts'
import { splitOf } from '../features/training-features.ts'
import { type KermanyRow, readKermany } from '../data/kermany.ts'
import type { PlannedImage } from './epoch-plan.ts'
import type { ValidationInput } from './validate.ts'

export interface PlannedImages {
  readonly training: readonly PlannedImage[]
  readonly validation: readonly ValidationInput[]
}

interface PlanOptions extends LocateOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  /** Maximum number of training images; a quarter of it for validation. Images are chosen at even intervals. */
  readonly limit: number
}

/**
 * Plans training and validation images with their lungs. Training images use drawn lungs if available, otherwise the
 * lungs that the atlas finds. Validation images use only the lungs that the atlas finds, as in serving.
 */
export async function planImages(options: PlanOptions): Promise<PlannedImages> {
  const rows = (await readKermany(options.dataDir)).filter(({ split }) => split === 'train')
  const ofSplit = (split: 'train' | 'validation') => rows.filter((row) => splitOf(row) === split)
  const training = evenly(ofSplit('train'), options.limit)
  const validation = evenly(ofSplit('validation'), Math.ceil(options.limit / 4))
  const lungsOf = await locateAllLungs(
    [...training, ...validation].flatMap((row) => filesOf(row).map((file) => ({ file }))),
    options,
  )
  return {
    training: await Promise.all(training.map((row) => planTraining(row, lungsOf))),
    validation: validation.flatMap((row) => planValidation(row, lungsOf)),
  }
}

/** At most `limit` rows, at even intervals so that the classes keep their shares. */
function evenly(rows: readonly KermanyRow[], limit: number): KermanyRow[] {
  if (rows.length <= limit) return [...rows]
  return Array.from({ length: limit }, (_, index) => rows[Math.floor((index * rows.length) / limit)]!)
}

function filesOf({ image224, original }: KermanyRow): string[] {
  return original === undefined ? [image224] : [image224, original]
}

async function planTraining(row: KermanyRow, lungsOf: LungsOf): Promise<PlannedImage> {
  const drawn = row.mask224 === undefined ? undefined : await drawnLungs(row.mask224)
  return {
    label: row.label,
    maskFile: row.mask224,
    files: filesOf(row).map((file) => ({ file, lungs: drawn ?? lungsOf({ file }) })),
  }
}

function planValidation(row: KermanyRow, lungsOf: LungsOf): ValidationInput[] {
  const files = filesOf(row)
  return files.map((file) => ({
    job: { file, lungs: lungsOf({ file }) },
    label: row.label,
    share: 1 / files.length,
  }))
}
