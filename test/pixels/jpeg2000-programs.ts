import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import loadOpenJph from '@cornerstonejs/codec-openjph'
import dcmjs from 'dcmjs'
import type { ImageSize } from '../../src/pixels/area-average.ts'
import { requireSuccess } from '../program-shell.ts'
import { type PixelFormat, sampleColumns, sampleRows } from './sample-images.ts'

const sampleSize: ImageSize = { width: sampleColumns, height: sampleRows }

/** Samples as cells of 8 or 16 bits. The encoder of dcmjs-codecs corrupts signed 8-bit images. */
export async function encodeHtj2k(
  cells: Uint8Array,
  { bitsStored, signed }: PixelFormat,
  { width, height }: ImageSize = sampleSize,
): Promise<Uint8Array<ArrayBuffer>> {
  const { HTJ2KEncoder } = await loadOpenJph()
  const encoder = new HTJ2KEncoder()
  const frame = { width, height, bitsPerSample: bitsStored, componentCount: 1 }
  encoder.getDecodedBuffer({ ...frame, isSigned: signed, isUsingColorTransform: false }).set(cells)
  encoder.setQuality(true, 0)
  encoder.encode()
  return Uint8Array.from(encoder.getEncodedBuffer())
}

/** Runs OpenJPEG's program `opj_decompress`. @returns cells of 8 or 16 bits, little endian */
export async function decompressWithOpenJpeg(codestream: Uint8Array): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'lung-triage-openjpeg-'))
  try {
    const [input, output] = [join(folder, 'in.j2k'), join(folder, 'out.rawl')]
    await writeFile(input, codestream)
    await requireSuccess('opj_decompress', ['-i', input, '-o', output])
    return await readFile(output)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/**
 * Runs `opj_compress`, lossy, at a quality of 60 dB.
 * @param precision bits of a value in the codestream
 */
export async function compressWithOpenJpeg(
  cells: Uint8Array,
  precision: number,
  { signed }: PixelFormat,
  container: 'j2k' | 'jp2' = 'j2k',
): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await mkdtemp(join(tmpdir(), 'lung-triage-openjpeg-'))
  try {
    const [input, output] = [join(folder, 'in.rawl'), join(folder, `out.${container}`)]
    await writeFile(input, cells)
    const frame = [sampleColumns, sampleRows, 1, precision, signed ? 's' : 'u'].join(',')
    const options = ['-i', input, '-o', output, '-F', frame, '-I', '-q', '60', '-n', '3']
    await requireSuccess('opj_compress', options)
    return new Uint8Array(await readFile(output))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The file with its pixels replaced by one encapsulated codestream. */
export function withCodestream(
  bytes: Uint8Array<ArrayBuffer>,
  transferSyntaxUid: string,
  codestream: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const file = dcmjs.data.DicomMessage.readFile(bytes.buffer)
  file.meta['00020010'] = { vr: 'UI', Value: [transferSyntaxUid] }
  file.dict['7FE00010'] = { vr: 'OB', Value: [codestream.buffer] }
  return new Uint8Array(file.write({ fragmentMultiframe: false }))
}
