import type { SquareFrame } from '../../pixels/square-frame.ts'
import { toSquareFrame } from '../../pixels/square-frame.ts'
import { isValidationPatient } from '../patient-split.ts'
import { type KermanyRow, readKermany } from '../kermany.ts'
import { readGrayImage } from '../read-image.ts'
import { splitSeed, validationShare } from '../spec.ts'

/** A training radiograph and its human-drawn lungs, both in the square frame. */
export interface AnnotatedFrame {
  readonly patient: string
  readonly file: string
  /** Values 0–255. */
  readonly frame: SquareFrame
  /** Share of lung, 0–1. */
  readonly lungs: SquareFrame
}

/** Training children with a certain mask, divided by patient as all training is. */
export interface AnnotatedSet {
  readonly learning: readonly AnnotatedFrame[]
  readonly heldOut: readonly AnnotatedFrame[]
}

/** Reads the training rows whose mask is certain to be the image's (`dims-*`), in the order of the table. */
export async function readAnnotatedSet(dataDir: string, onProgress: (text: string) => void): Promise<AnnotatedSet> {
  const rows = (await readKermany(dataDir)).filter(hasCertainMask)
  const learning: AnnotatedFrame[] = []
  const heldOut: AnnotatedFrame[] = []
  for (const [index, row] of rows.entries()) {
    const side = isValidationPatient(row.patient, splitSeed, validationShare) ? heldOut : learning
    side.push(await readAnnotated(row))
    if ((index + 1) % 250 === 0) onProgress(`${index + 1} of ${rows.length} radiographs read`)
  }
  return { learning, heldOut }
}

type RowWithMask = KermanyRow & { readonly original: string; readonly maskOriginal: string }

/** Rows to learn and measure lungs with: training split, original and mask at hand, pairing certain. */
export function hasCertainMask(row: KermanyRow): row is RowWithMask {
  const certain = row.maskEvidence === 'dims-unique' || row.maskEvidence === 'dims+order'
  return row.split === 'train' && certain && row.original !== undefined && row.maskOriginal !== undefined
}

export async function readAnnotated({ patient, file, original, maskOriginal }: RowWithMask): Promise<AnnotatedFrame> {
  const lungs = toSquareFrame(await readGrayImage(maskOriginal))
  for (let i = 0; i < lungs.samples.length; i++) lungs.samples[i]! /= 255
  return { patient, file, frame: toSquareFrame(await readGrayImage(original)), lungs }
}
