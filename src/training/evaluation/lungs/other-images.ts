import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readRadiograph } from '../../../analyse/analyse-image.ts'
import { findLungsOn } from '../../../analyse/network-input.ts'
import type { LungAtlas } from '../../../lungs/atlas/atlas.ts'
import { locateLungs } from '../../../lungs/locate-lungs.ts'
import { openAtlas } from '../../../lungs/lung-localiser.ts'
import type { Radiograph } from '../../../pixels/radiograph.ts'
import { squareFrameSide } from '../../../pixels/square-frame.ts'

/** Images below `dicom/` without a frontal chest, as a hospital archive may also send them. */
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

/** An image without a frontal chest, and whether the atlas refuses it. */
export interface OtherImage {
  readonly file: string
  readonly shows: string
  readonly refused: boolean
  /** Trust, 0–1. */
  readonly quality: number
}

/** Localises lungs on the images without a frontal chest. */
export async function judgeOtherImages(dataDir: string, atlas: LungAtlas): Promise<OtherImage[]> {
  const localiser = openAtlas(atlas)
  return (await readOtherImages(dataDir)).map(({ file, shows, radiograph }) => {
    const { lungs } = findLungsOn(radiograph, squareFrameSide, (frame, source) => locateLungs(frame, source, localiser))
    return { file, shows, refused: lungs.kind === 'whole-frame', quality: lungs.quality }
  })
}

/** Reads the listed images that exist in the data folder. */
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

/** A missing file is allowed; any other read failure is an error. */
function noneWhereMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
