import type { DcmjsDict, DcmjsElement } from 'dcmjs'
import { swapWords } from './byte-order.ts'
import type { DicomDataset, DicomElement } from './dataset.ts'
import { parseDecimal } from './element-values.ts'

/**
 * Converts dcmjs's data set to the DICOM JSON Model (PS3.18 F.2): empty attributes without `Value`, empty values as
 * null, bytes of words in little endian.
 */
export function toDicomJson(dict: DcmjsDict, byteOrder: ByteOrder): DicomDataset {
  return Object.fromEntries(Object.entries(dict).map(([tag, element]) => [tag, toElement(element, byteOrder)]))
}

type ByteOrder = 'little endian' | 'big endian'

function toElement(element: DcmjsElement, byteOrder: ByteOrder): DicomElement {
  const values = valuesOf(element, byteOrder).map((value) => (value === '' || value === undefined ? null : value))
  return values.every((value) => value === null) ? { vr: element.vr } : { vr: element.vr, Value: values }
}

/** VRs of one value, in which a backslash is text (PS3.5 6.2). dcmjs splits them. */
const withBackslashes: ReadonlySet<string> = new Set(['ST', 'UR', 'UT'])

function valuesOf({ vr, Value = [], _rawValue }: DcmjsElement, byteOrder: ByteOrder): unknown[] {
  if (vr === 'SQ') return Value.map((item) => toDicomJson(item as DcmjsDict, byteOrder))
  if (vr === 'OW' && byteOrder === 'big endian') return Value.map(withSwappedWords)
  if (withBackslashes.has(vr) && Array.isArray(_rawValue)) return [_rawValue.join('\\').replace(/[ \0]+$/, '')]
  if (vr !== 'DS' && vr !== 'IS') return Value
  // dcmjs drops unexpected characters from numbers: `1,5` would become 15. Here, text that is not a number stays text.
  return Array.isArray(_rawValue) ? _rawValue.map(decimal) : Value
}

function decimal(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw
  const text = raw.replace(/\0+$/, '').trim()
  return parseDecimal(text) ?? text
}

function withSwappedWords(value: unknown): unknown {
  return value instanceof ArrayBuffer ? swapWords(new Uint8Array(value)).buffer : value
}
