import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import loadOpenJph from '@cornerstonejs/codec-openjph'
import dcmjs from 'dcmjs'
import { type PixelFormat, sampleColumns, sampleRows } from './sample-images.ts'

/** Samples as cells of 8 or 16 bits. dcmjs-codecs' own encoder spoils signed images of 8 bits. */
export async function encodeHtj2k(
  cells: Uint8Array,
  { bitsStored, signed }: PixelFormat,
): Promise<Uint8Array<ArrayBuffer>> {
  const { HTJ2KEncoder } = await loadOpenJph()
  const encoder = new HTJ2KEncoder()
  const frame = { width: sampleColumns, height: sampleRows, bitsPerSample: bitsStored, componentCount: 1 }
  encoder.getDecodedBuffer({ ...frame, isSigned: signed, isUsingColorTransform: false }).set(cells)
  encoder.setQuality(true, 0)
  encoder.encode()
  return Uint8Array.from(encoder.getEncodedBuffer())
}

/** Runs `opj_decompress`, the program of OpenJPEG's makers. @returns cells of 8 or 16 bits, little endian */
export function decompressWithOpenJpeg(codestream: Uint8Array): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'lung-triage-openjpeg-'))
  try {
    const [input, output] = [join(folder, 'in.j2k'), join(folder, 'out.rawl')]
    writeFileSync(input, codestream)
    execFileSync('opj_decompress', ['-i', input, '-o', output], { stdio: ['ignore', 'ignore', 'pipe'] })
    return readFileSync(output)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Runs `opj_compress` with loss, at a quality of 60 dB.
 * @param precision bits of a value in the codestream
 */
export function compressWithOpenJpeg(
  cells: Uint8Array,
  precision: number,
  { signed }: PixelFormat,
  container: 'j2k' | 'jp2' = 'j2k',
): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'lung-triage-openjpeg-'))
  try {
    const [input, output] = [join(folder, 'in.rawl'), join(folder, `out.${container}`)]
    writeFileSync(input, cells)
    const frame = [sampleColumns, sampleRows, 1, precision, signed ? 's' : 'u'].join(',')
    const options = ['-i', input, '-o', output, '-F', frame, '-I', '-q', '60', '-n', '3']
    execFileSync('opj_compress', options, { stdio: ['ignore', 'ignore', 'pipe'] })
    return new Uint8Array(readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
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
