import dicomParser from 'dicom-parser'
import { specificCharacterSet } from './specific-character-set.ts'
import { transferSyntax } from './transfer-syntax.ts'

/** The elements of a Part 10 file, with the position of each value. */
interface DicomStructure {
  readonly elements: dicomParser.DataSet
  /** The file, in a form that dcmjs also reads. */
  readonly part10: Uint8Array<ArrayBuffer>
}

/**
 * VRs whose length has 32 bits (PS3.5 7.1.2), but which dicom-parser (OV, SV, UV) or dcmjs (OL, OV, SV) reads as 16
 * bits. Everything after such a value would be misread.
 */
const misreadVrs: ReadonlySet<string> = new Set(['OL', 'OV', 'SV', 'UV'])

/**
 * Reads the structure of a file that is not deflated. For dcmjs, the misread VRs become UN, whose header has the same
 * form and whose value is bytes, and the character sets of items become empty.
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
    return { elements, part10: changed(part10, blankCharacterSets(elements)) }
  }
  const unknownVrs = misreadIn(stream)
  dicomParser.parseDicomDataSetExplicit(elements, stream, part10.length)
  return { elements, part10: changed(part10, [...unknownVrs, ...blankCharacterSets(elements)]) }
}

/** Bytes to overwrite. */
interface Change {
  readonly at: number
  readonly text: string
}

/** Makes a stream give UN for the misread VRs. @returns the same change of the file, filled as the stream is read */
function misreadIn(stream: dicomParser.ByteStream): readonly Change[] {
  const changes: Change[] = []
  const read = stream.readFixedString.bind(stream)
  stream.readFixedString = (length) => {
    const at = stream.position
    const vr = read(length)
    if (!misreadVrs.has(vr)) return vr
    changes.push({ at, text: 'UN' })
    return 'UN'
  }
  return changes
}

/**
 * dcmjs stops reading the file at an item whose Specific Character Set has several values or is not in the standard.
 * Its texts are decoded here (specific-character-set.ts).
 */
function blankCharacterSets({ elements }: dicomParser.DataSet): readonly Change[] {
  const items = Object.values(elements).flatMap((element) => element.items ?? [])
  return items.flatMap(({ dataSet }) => {
    if (dataSet === undefined) return []
    const own = dataSet.elements[specificCharacterSet]
    const blank = own === undefined ? [] : [{ at: own.dataOffset, text: ' '.repeat(own.length) }]
    return [...blank, ...blankCharacterSets(dataSet)]
  })
}

/** The file itself if nothing is to change: it may be large. */
function changed(part10: Uint8Array<ArrayBuffer>, changes: readonly Change[]): Uint8Array<ArrayBuffer> {
  if (changes.length === 0) return part10
  const copy = part10.slice()
  const encoder = new TextEncoder()
  for (const { at, text } of changes) copy.set(encoder.encode(text), at)
  return copy
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
  return (readMetaHeader(part10) as dicomParser.DataSet & { readonly position: number }).position
}

/**
 * Reads the meta header. dicom-parser also reads an element after it. A deflated data set has none there, and may begin
 * with bytes that look like a damaged one.
 */
export function readMetaHeader(part10: Uint8Array): dicomParser.DataSet {
  try {
    return dicomParser.readPart10Header(part10)
  } catch {
    return dicomParser.readPart10Header(part10.subarray(0, metaHeaderEnd(part10)))
  }
}

/** By the length in the first element, (0002,0000) (PS3.10 7.1). */
export function metaHeaderEnd(part10: Uint8Array): number {
  return 144 + new DataView(part10.buffer, part10.byteOffset).getUint32(140, true)
}
