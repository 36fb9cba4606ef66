import sharp from 'sharp'
import { parseDicomFile } from '../../dicom/dicom-file.ts'
import { integerOf } from '../../dicom/element-values.ts'
import { noPixelData } from '../../pixels/errors.ts'
import type { ResultFile, ResultKind } from '../result-kind.ts'

/**
 * The pictures as Secondary Captures, one per analysed image. Pages show them even if the archive does not get them.
 */
export const pictureResult: ResultKind<'dicom', { readonly Results: { readonly SecondaryCapture: boolean } }> = {
  medium: 'dicom',
  builder({ Results }) {
    if (!Results.SecondaryCapture) return undefined
    return async ({ pictures }) => (await pictures).map(({ object }) => object)
  },
  files: async (objects) => (await Promise.all(objects.map(({ bytes }) => filesOf(bytes)))).flat(),
  pagePictures: async ({ pictures }) => (await pictures).map(({ jpeg }) => jpeg),
}

async function filesOf(bytes: Uint8Array<ArrayBuffer>): Promise<readonly ResultFile[]> {
  return [
    { name: 'sc.dcm', bytes },
    { name: 'overlay.png', bytes: await pngOf(bytes) },
  ]
}

/** The uncompressed RGB pixels of a Secondary Capture as a PNG file. */
function pngOf(secondaryCapture: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { dataset, pixelData } = parseDicomFile(secondaryCapture)
  const [width, height] = [integerOf(dataset, '00280011'), integerOf(dataset, '00280010')]
  if (pixelData?.kind !== 'native' || width === undefined || height === undefined) throw noPixelData()
  const rgb = pixelData.bytes.subarray(0, 3 * width * height)
  // Level 1 takes a third of the default's time, and the file is still no larger than the radiograph.
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer()
}
