import dicomParser from 'dicom-parser'
import { transferSyntax } from './transfer-syntax.ts'

/** The elements of a Part 10 file, with the position of each value. */
interface DicomStructure {
  readonly elements: dicomParser.DataSet
  /** The file, in a form that dcmjs also reads. */
  readonly part10: Uint8Array<ArrayBuffer>
}

/**
 * VRs whose length has 32 bits (PS3.5 7.1.2), but which dicom-parser (OV, SV, UV) or dcmjs (OL, OV, SV) reads as 16 bits.
 * Everything after such a value would be misread.
 */
const misreadVrs: ReadonlySet<string> = new Set(['OL', 'OV', 'SV', 'UV'])

/**
 * Reads the structure of a file that is not deflated. The misread VRs become UN, whose header has the same form and whose
 * value is bytes.
 * @throws what dicom-parser throws if the file is truncated or damaged
 */
export function readStructure(part10: Uint8Array<ArrayBuffer>, transferSyntaxUid: string): DicomStructure {
  const { littleEndianByteArrayParser, bigEndianByteArrayParser, ByteStream } = dicomParser
  const isBigEndian = transferSyntaxUid === transferSyntax.explicitBigEndian
  const parser = isBigEndian ? bigEndianByteArrayParser : littleEndianByteArrayParser
  const elements = new DataSet(parser, part10, {})
  const stream = new ByteStream(parser, part10, datasetStart(part10))
  if (transferSyntaxUid === transferSyntax.implicitLittleEndian) {
    dicomParser.parseDicomDataSetImplicit(elements, stream, part10.length)
    return { elements, part10 }
  }
  const misread = misreadIn(stream)
  dicomParser.parseDicomDataSetExplicit(elements, stream, part10.length)
  return { elements, part10: misread.length === 0 ? part10 : asUnknown(part10, misread) }
}

/** Makes a stream give UN for the misread VRs. @returns their positions, which are added as the stream is read */
function misreadIn(stream: dicomParser.ByteStream): readonly number[] {
  const positions: number[] = []
  const read = stream.readFixedString.bind(stream)
  stream.readFixedString = (length) => {
    const at = stream.position
    const vr = read(length)
    if (!misreadVrs.has(vr)) return vr
    positions.push(at)
    return 'UN'
  }
  return positions
}

function asUnknown(part10: Uint8Array<ArrayBuffer>, positions: readonly number[]): Uint8Array<ArrayBuffer> {
  const changed = part10.slice()
  const unknown = new TextEncoder().encode('UN')
  for (const at of positions) changed.set(unknown, at)
  return changed
}

/** The types of dicom-parser lack its constructor and the position after the meta header. */
const { DataSet } = dicomParser as unknown as {
  readonly DataSet: new (
    parser: dicomParser.ByteArrayParser,
    bytes: Uint8Array,
    elements: Record<string, dicomParser.Element>,
  ) => dicomParser.DataSet
}

function datasetStart(part10: Uint8Array): number {
  return (dicomParser.readPart10Header(part10) as dicomParser.DataSet & { readonly position: number }).position
}
