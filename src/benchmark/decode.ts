import loadOpenJph from '@cornerstonejs/codec-openjph'
import dcmjsCodecs from 'dcmjs-codecs'
import { decodeFrame } from '../pixels/decode.ts'
import { type DicomFile, parseDicomFile } from '../dicom/dicom-file.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'
import { type StepSpeed, timeRepeats } from './speed.ts'

/** Decoding the same image from one transfer syntax to samples, in this thread. */
export interface DecodeSpeed extends StepSpeed {
  readonly transferSyntax: string
  readonly fileBytes: number
}

const transcoded = {
  'RLE Lossless': transferSyntax.rle,
  'JPEG Baseline': transferSyntax.jpegBaseline,
  'JPEG Lossless': transferSyntax.jpegLosslessSv1,
  'JPEG-LS Lossless': transferSyntax.jpegLsLossless,
  'JPEG 2000 Lossless': transferSyntax.jpeg2000Lossless,
} as const

/** @param bytes an uncompressed 8-bit file */
export async function measureDecoding(bytes: Uint8Array<ArrayBuffer>, repeats: number): Promise<DecodeSpeed[]> {
  const speeds = [await measure('Explicit VR Little Endian', bytes, repeats)]
  for (const [name, syntax] of Object.entries(transcoded)) {
    speeds.push(await measure(name, await transcode(bytes, syntax), repeats))
  }
  const file = await toHtj2k(parseDicomFile(bytes))
  const speed = await timeRepeats(repeats, () => decodeFrame(file))
  return [...speeds, { transferSyntax: 'HTJ2K Lossless', fileBytes: pixelBytes(file), ...speed }]
}

async function measure(name: string, bytes: Uint8Array<ArrayBuffer>, repeats: number): Promise<DecodeSpeed> {
  const speed = await timeRepeats(repeats, () => decodeFrame(parseDicomFile(bytes)))
  return { transferSyntax: name, fileBytes: bytes.length, ...speed }
}

/** Converts the file to a different transfer syntax with dcmjs-codecs' encoders. */
async function transcode(bytes: Uint8Array<ArrayBuffer>, syntax: string): Promise<Uint8Array<ArrayBuffer>> {
  const { NativeCodecs, Transcoder } = dcmjsCodecs
  if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync()
  const transcoder = new Transcoder(Uint8Array.from(bytes).buffer)
  transcoder.transcode(syntax)
  return new Uint8Array(transcoder.getDicomPart10())
}

/** Encodes with the OpenJPH build that also decodes; dcmjs-codecs contains a different one. */
async function toHtj2k(file: DicomFile): Promise<DicomFile> {
  const { pixelData } = file
  if (pixelData?.kind !== 'native') throw new Error('The benchmark image is not uncompressed.')
  const { HTJ2KEncoder } = await loadOpenJph()
  const encoder = new HTJ2KEncoder()
  const size = {
    width: Number(file.dataset['00280011']?.Value?.[0]),
    height: Number(file.dataset['00280010']?.Value?.[0]),
  }
  const frame = { ...size, bitsPerSample: 8, componentCount: 1 }
  encoder.getDecodedBuffer({ ...frame, isSigned: false, isUsingColorTransform: false }).set(pixelData.bytes)
  encoder.setQuality(true, 0)
  encoder.encode()
  const fragments = [Uint8Array.from(encoder.getEncodedBuffer())]
  encoder.delete()
  return { ...file, transferSyntaxUid: transferSyntax.htj2kLossless, pixelData: { kind: 'encapsulated', fragments } }
}

function pixelBytes({ pixelData }: DicomFile): number {
  return pixelData?.kind === 'encapsulated' ? pixelData.fragments.reduce((sum, { length }) => sum + length, 0) : 0
}
