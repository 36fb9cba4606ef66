import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { DeliveryReceipt } from '../deliver/receipt.ts'
import { parseDicomFile } from '../dicom/dicom-file.ts'
import { integerOf } from '../dicom/element-values.ts'
import { noPixelData } from '../pixels/errors.ts'
import type { ResultObjects } from '../report/result-objects.ts'

/** Delivery into a folder, for `analyze`: `sr.dcm`, `fhir.json`, and `sc.dcm` with `overlay.png` where an image was analysed. */
export async function writeResults(results: ResultObjects, folder: string): Promise<DeliveryReceipt> {
  await mkdir(folder, { recursive: true })
  await Promise.all([
    writeFile(join(folder, 'sr.dcm'), results.structuredReport.bytes),
    writeFile(join(folder, 'fhir.json'), `${JSON.stringify(results.fhir, null, 2)}\n`),
    // A folder holds the results of one image, so there is one of these at most.
    ...results.pictures.flatMap(({ object: { bytes } }) => [
      writeFile(join(folder, 'sc.dcm'), bytes),
      writePng(bytes, join(folder, 'overlay.png')),
    ]),
    ...results.segmentations.map(({ bytes }) => writeFile(join(folder, 'seg.dcm'), bytes)),
  ])
  const [stored, off] = [{ status: 'stored' }, { status: 'off' }] as const
  return {
    structuredReport: stored,
    pictures: stored,
    segmentations: off,
    fhir: stored,
    hl7: off,
    priority: off,
    onward: [],
  }
}

/** A Secondary Capture's pixels, uncompressed RGB, as a file that every program opens. */
async function writePng(secondaryCapture: Uint8Array<ArrayBuffer>, file: string): Promise<void> {
  const { dataset, pixelData } = parseDicomFile(secondaryCapture)
  const [width, height] = [integerOf(dataset, '00280011'), integerOf(dataset, '00280010')]
  if (pixelData?.kind !== 'native' || width === undefined || height === undefined) throw noPixelData()
  const rgb = pixelData.bytes.subarray(0, 3 * width * height)
  // Level 1 takes a third of the time of the usual one; what it makes larger is no longer than the radiograph.
  await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toFile(file)
}
