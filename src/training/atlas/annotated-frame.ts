import type { SquareFrame } from '../../pixels/square-frame.ts'
import { toSquareFrame } from '../../pixels/square-frame.ts'
import { readKermany } from '../data/kermany.ts'
import { readGrayImage } from '../data/read-image.ts'

/** A radiograph and its human-drawn lungs, both in the square frame. */
export interface AnnotatedFrame {
  readonly patient: string
  readonly file: string
  readonly label: string
  /** Values 0–255. */
  readonly frame: SquareFrame
  /** Share of lung, 0–1. */
  readonly lungs: SquareFrame
  /** Size of the image in pixels; undefined if only a copy stretched to a square exists. */
  readonly size?: { readonly width: number; readonly height: number }
}

/** The files of a radiograph and its drawn lung mask. */
export interface AnnotatedSource extends Pick<AnnotatedFrame, 'patient' | 'file' | 'label'> {
  readonly image: string
  readonly mask: string
  /** `own`: the image has its original aspect ratio; `unknown`: it was stretched to a square. */
  readonly aspect: 'own' | 'unknown'
}

/**
 * Training radiographs whose mask is certain to belong to the image (`dims-unique`, `dims+order`), with their original
 * aspect ratio, in the order of the table.
 */
export async function certainSources(dataDir: string): Promise<AnnotatedSource[]> {
  const rows = await readKermany(dataDir)
  return rows.flatMap(({ split, patient, file, label, maskEvidence, original: image, maskOriginal: mask }) => {
    const certain = maskEvidence === 'dims-unique' || maskEvidence === 'dims+order'
    if (split !== 'train' || !certain || image === undefined || mask === undefined) return []
    return [{ patient, file, label, image, mask, aspect: 'own' as const }]
  })
}

/** Radiographs of the test split that have a mask; all are stretched to a square. */
export async function testSources(dataDir: string): Promise<AnnotatedSource[]> {
  const rows = await readKermany(dataDir)
  return rows.flatMap(({ split, patient, file, label, image224: image, mask224: mask }) =>
    split === 'test' && mask !== undefined ? [{ patient, file, label, image, mask, aspect: 'unknown' as const }] : [],
  )
}

export async function readAnnotated({ image, mask, aspect, ...names }: AnnotatedSource): Promise<AnnotatedFrame> {
  const radiograph = await readGrayImage(image)
  const { width, height } = radiograph
  return {
    ...names,
    frame: toSquareFrame(radiograph),
    lungs: await readLungs(mask),
    ...(aspect === 'own' && { size: { width, height } }),
  }
}

/** Reads a drawn mask as the share of lung per sample, 0–1, in the square frame. */
export async function readLungs(maskFile: string): Promise<SquareFrame> {
  const lungs = toSquareFrame(await readGrayImage(maskFile))
  for (let i = 0; i < lungs.samples.length; i++) lungs.samples[i]! /= 255
  return lungs
}
