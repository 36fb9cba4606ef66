/** An element as it is written: its bytes, or its items. */
export type WrittenElement =
  | { readonly tag: string; readonly vr: string; readonly bytes: Uint8Array }
  | { readonly tag: string; readonly vr: 'SQ'; readonly items: readonly WrittenItem[]; readonly length: LengthForm }

export interface WrittenItem {
  readonly elements: readonly WrittenElement[]
  readonly length: LengthForm
}

/** A length in bytes, or FFFFFFFF and a delimiter at the end (PS3.5 7.5.1). */
export type LengthForm = 'defined' | 'undefined'

export type ValueRepresentation = 'explicit' | 'implicit'

/** VRs whose explicit form has two reserved bytes and a length of 32 bits (PS3.5 7.1.2). */
const longVrs = new Set('OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' '))

const undefinedLength = 0xffffffff

/**
 * A Part 10 file in little endian, written byte by byte: our writer is what the tests examine, and DCMTK's does not
 * write everything that it reads.
 */
export function writtenFile(
  elements: readonly WrittenElement[],
  representation: ValueRepresentation,
): Uint8Array<ArrayBuffer> {
  const syntax = representation === 'explicit' ? '1.2.840.10008.1.2.1\0' : '1.2.840.10008.1.2\0'
  const meta = writtenElement({ tag: '00020010', vr: 'UI', bytes: Buffer.from(syntax) }, 'explicit')
  const metaLength = writtenElement({ tag: '00020000', vr: 'UL', bytes: little(4, meta.length) }, 'explicit')
  const dataset = elements.map((element) => writtenElement(element, representation))
  return Uint8Array.from(Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), metaLength, meta, ...dataset]))
}

function writtenElement(element: WrittenElement, representation: ValueRepresentation): Buffer {
  const isSequence = 'items' in element
  const value = isSequence
    ? Buffer.concat(element.items.map((item) => writtenItem(item, representation)))
    : Buffer.from(element.bytes)
  const isUndefined = isSequence && element.length === 'undefined'
  const length = isUndefined ? undefinedLength : value.length
  const delimiter = isUndefined ? [tagged('FFFEE0DD'), little(4, 0)] : []
  return Buffer.concat([tagged(element.tag), ...header(element.vr, length, representation), value, ...delimiter])
}

function header(vr: string, length: number, representation: ValueRepresentation): readonly Buffer[] {
  if (representation === 'implicit') return [little(4, length)]
  return longVrs.has(vr) ? [Buffer.from(`${vr}\0\0`), little(4, length)] : [Buffer.from(vr), little(2, length)]
}

function writtenItem({ elements, length }: WrittenItem, representation: ValueRepresentation): Buffer {
  const value = Buffer.concat(elements.map((element) => writtenElement(element, representation)))
  const [written, delimiter] =
    length === 'undefined' ? [undefinedLength, [tagged('FFFEE00D'), little(4, 0)]] : [value.length, []]
  return Buffer.concat([tagged('FFFEE000'), little(4, written), value, ...delimiter])
}

function tagged(tag: string): Buffer {
  return Buffer.concat([little(2, Number.parseInt(tag.slice(0, 4), 16)), little(2, Number.parseInt(tag.slice(4), 16))])
}

function little(bytes: 2 | 4, value: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntLE(value, 0, bytes)
  return buffer
}
