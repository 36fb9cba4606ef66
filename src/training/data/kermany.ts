import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { malformedTable } from './kermany-errors.ts'

/**
 * Certainty of the pairing of a radiograph with its lung mask. `dims-unique`, `dims+order`: certain, because the
 * original sizes agree; `order+content`: about 98 %; `none`: no mask.
 */
type MaskEvidence = 'dims-unique' | 'dims+order' | 'order+content' | 'none'

export type Label = 'normal' | 'viral' | 'bacterial'

/** One radiograph of the Kermany & Goldbaum data set. An optional path is set only if the file exists. */
export interface KermanyRow {
  readonly split: 'train' | 'test'
  readonly label: Label
  /** Group key: all images of one child share it, and no split may separate them. */
  readonly patient: string
  readonly file: string
  /** The whole image stretched to 224x224. */
  readonly image224: string
  /** The image with its original aspect ratio, long side at most 768 pixels. */
  readonly original?: string
  /** Size in pixels of the original in the data set; known only for images with a certain mask. */
  readonly originalSize?: { readonly width: number; readonly height: number }
  /** Human-drawn lung mask, heart included: 8-bit, 255 = lung; stretched to 224x224. */
  readonly mask224?: string
  readonly maskOriginal?: string
  readonly maskEvidence: MaskEvidence
}

const tableRow = z.object({
  split: z.enum(['train', 'test']),
  label: z.enum(['normal', 'viral', 'bacterial']),
  patient: z.string().min(1),
  file: z.string().min(1),
  original_width: z.string(),
  original_height: z.string(),
  lung_mask: z.string(),
  mask_evidence: z.enum(['dims-unique', 'dims+order', 'order+content', '']),
})

/**
 * Reads `kermany.csv` and finds each row's files.
 * @param dataDir folder that holds `kermany.csv` and the image folders
 * @throws TriageError TRAINING_MALFORMED_TABLE naming the line
 */
export async function readKermany(dataDir: string): Promise<KermanyRow[]> {
  const [header, ...lines] = (await readFile(join(dataDir, 'kermany.csv'), 'utf8')).trim().split(/\r?\n/)
  const names = header!.split(',')
  return lines.map((line, index) => {
    const cells = line.split(',')
    const row = tableRow.safeParse(Object.fromEntries(names.map((name, column) => [name, cells[column]])))
    if (!row.success) throw malformedTable('kermany.csv', index + 2, z.prettifyError(row.error))
    return withFiles(dataDir, row.data)
  })
}

function withFiles(dataDir: string, row: z.infer<typeof tableRow>): KermanyRow {
  const { split, label, patient, file, lung_mask: mask, mask_evidence: evidence } = row
  const original = join(dataDir, 'kermany-original', file)
  const mask224 = join(dataDir, 'lung-masks-224', `${split}-${mask}`)
  const maskOriginal = join(dataDir, 'lung-masks-original', mask)
  return {
    split,
    label,
    patient,
    file,
    image224: join(dataDir, 'kermany-224', split, file),
    ...(existsSync(original) && { original }),
    ...(Number(row.original_width) > 0 && {
      originalSize: { width: Number(row.original_width), height: Number(row.original_height) },
    }),
    ...(mask !== '' && existsSync(mask224) && { mask224 }),
    ...(mask !== '' && split === 'train' && existsSync(maskOriginal) && { maskOriginal }),
    maskEvidence: evidence === '' ? 'none' : evidence,
  }
}
