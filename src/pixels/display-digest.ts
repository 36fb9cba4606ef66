import { createHash } from 'node:crypto'
import type { DicomDataset } from '../dicom/dataset.ts'
import type { DicomFile, PixelData } from '../dicom/dicom-file.ts'

/**
 * Attributes outside group 0028 (image pixel, windows, look-up tables) and group 2050 (presentation look-up table) that
 * change what is seen: shutter and collimator (0018,16xx and 0018,17xx), spacing at the detector, which way the patient
 * lies.
 */
const displayed = /^(0028|2050|001816|001817|00181164|00200020|00185100)/

/**
 * What an image shows, as SHA-256 in lower-case hex: its encoded pixel data, their transfer syntax, and every attribute
 * that changes their display. The patient is no part of it.
 */
export function displayDigest({ transferSyntaxUid, dataset, pixelData }: DicomFile): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([transferSyntaxUid, displayAttributes(dataset)], withBytes))
  for (const part of partsOf(pixelData)) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}

function displayAttributes(dataset: DicomDataset): readonly unknown[] {
  const tags = Object.keys(dataset).filter((tag) => displayed.test(tag))
  return tags.sort().map((tag) => [tag, dataset[tag]])
}

/** Look-up tables are bytes, which JSON would drop. */
function withBytes(_key: string, value: unknown): unknown {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64')
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
    : value
}

function partsOf(pixelData: PixelData | undefined): readonly Uint8Array[] {
  if (pixelData === undefined) return []
  return pixelData.kind === 'native' ? [pixelData.bytes] : pixelData.fragments
}
