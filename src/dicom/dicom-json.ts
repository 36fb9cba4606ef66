import type { DcmjsDict, DcmjsElement } from 'dcmjs'
import type { DicomDataset, DicomElement } from './dataset.ts'
import { parseDecimal } from './element-values.ts'

/**
 * Converts dcmjs's data set to the DICOM JSON Model (PS3.18 F.2): empty attributes without `Value`, empty values as
 * null.
 */
export function toDicomJson(dict: DcmjsDict): DicomDataset {
  return Object.fromEntries(Object.entries(dict).map(([tag, element]) => [tag, toElement(element)]))
}

function toElement(element: DcmjsElement): DicomElement {
  const values = valuesOf(element).map((value) => (value === '' || value === undefined ? null : value))
  return values.every((value) => value === null) ? { vr: element.vr } : { vr: element.vr, Value: values }
}

function valuesOf({ vr, Value = [], _rawValue }: DcmjsElement): unknown[] {
  if (vr === 'SQ') return Value.map((item) => toDicomJson(item as DcmjsDict))
  if (vr !== 'DS' && vr !== 'IS') return Value
  // dcmjs drops unexpected characters from numbers: `1,5` would become 15. Here, text that is not a number stays text.
  return Array.isArray(_rawValue) ? _rawValue.map(decimal) : Value
}

function decimal(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw
  const text = raw.replace(/\0+$/, '').trim()
  return parseDecimal(text) ?? text
}
