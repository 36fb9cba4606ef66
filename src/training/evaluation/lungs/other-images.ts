import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readRadiograph } from '../../../analyse/analyse-image.ts'
import { findLungsOn } from '../../../analyse/network-input.ts'
import type { LungAtlas } from '../../../lungs/atlas/atlas.ts'
import { locateLungs } from '../../../lungs/locate-lungs.ts'
import { openAtlas } from '../../../lungs/lung-localiser.ts'
import type { Radiograph } from '../../../pixels/radiograph.ts'
import { squareFrameSide } from '../../../pixels/square-frame.ts'

/** What a hospital's archive also sends: images of `dicom/` without a frontal chest. */
const images = [
  { file: 'projection/RG2_JLSL', shows: 'hip' },
  { file: 'projection/RG3_RLE', shows: 'lower leg' },
  { file: 'lut/CR-ModalitySequenceLUT.dcm', shows: 'jaws and teeth' },
  { file: 'lut/mlut_18.dcm', shows: 'test pattern' },
  {
    file: 'transfer-syntax/CTImage.dcm_LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm',
    shows: 'CT slice',
  },
] as const

/** An image without lungs to find, and whether the atlas refuses it. */
export interface OtherImage {
  readonly file: string
  readonly shows: string
  readonly refused: boolean
  /** Trust, 0–1. */
  readonly quality: number
}

/** Localises lungs on the images of a data folder that show something else. */
export async function judgeOtherImages(dataDir: string, atlas: LungAtlas): Promise<OtherImage[]> {
  const localiser = openAtlas(atlas)
  return (await readOtherImages(dataDir)).map(({ file, shows, radiograph }) => {
    const { lungs } = findLungsOn(radiograph, squareFrameSide, (frame, source) => locateLungs(frame, source, localiser))
    return { file, shows, refused: lungs.kind === 'whole-frame', quality: lungs.quality }
  })
}

/** Those of the images that a data folder holds. */
export async function readOtherImages(
  dataDir: string,
): Promise<{ readonly file: string; readonly shows: string; readonly radiograph: Radiograph }[]> {
  const read = []
  for (const { file, shows } of images) {
    const bytes = await readFile(join(dataDir, 'dicom', file)).catch(noneWhereMissing)
    if (bytes === undefined) continue
    const { radiograph } = await readRadiograph(new Uint8Array(bytes))
    read.push({ file, shows, radiograph })
  }
  return read
}

/** A data folder need not hold them all; anything else that keeps a file from being read is an error. */
function noneWhereMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
