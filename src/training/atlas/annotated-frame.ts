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
  /** Of the image; undefined where only a stretched copy is known. */
  readonly size?: { readonly width: number; readonly height: number }
}

/** Where a radiograph and its drawn lungs are read from. */
export interface AnnotatedSource extends Pick<AnnotatedFrame, 'patient' | 'file' | 'label'> {
  readonly image: string
  readonly mask: string
  /** Whether the image has the shape it was taken in, or was stretched to a square. */
  readonly aspect: 'own' | 'unknown'
}

/**
 * Training radiographs to learn and measure lungs with: those whose mask is certain to be the image's (`dims-*`), with
 * their own aspect, in the order of the table.
 */
export async function certainSources(dataDir: string): Promise<AnnotatedSource[]> {
  const rows = await readKermany(dataDir)
  return rows.flatMap(({ split, patient, file, label, maskEvidence, original: image, maskOriginal: mask }) => {
    const certain = maskEvidence === 'dims-unique' || maskEvidence === 'dims+order'
    if (split !== 'train' || !certain || image === undefined || mask === undefined) return []
    return [{ patient, file, label, image, mask, aspect: 'own' as const }]
  })
}

/** The test split's radiographs with a mask; all are stretched to a square. */
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

/** A drawn mask as shares of lung, 0–1, in the square frame. */
export async function readLungs(maskFile: string): Promise<SquareFrame> {
  const lungs = toSquareFrame(await readGrayImage(maskFile))
  for (let i = 0; i < lungs.samples.length; i++) lungs.samples[i]! /= 255
  return lungs
}
