import type { DicomDataset } from '../dicom/dataset.ts'
import { type PersonName, personNameOf } from './source-attributes.ts'

/** A name in one script, by its parts. Missing parts are omitted. */
export interface WrittenName {
  readonly script: keyof PersonName
  readonly family?: string
  readonly given?: string
  readonly middle?: string
  readonly prefix?: string
  readonly suffix?: string
}

const partNames = ['family', 'given', 'middle', 'prefix', 'suffix'] as const

/** The patient's name in each script of the image; empty if it has no name. */
export function patientNames(source: DicomDataset): readonly WrittenName[] {
  const name = personNameOf(source, '00100010')
  const groups: PersonName = typeof name === 'string' ? { Alphabetic: name } : (name ?? {})
  return Object.entries(groups).flatMap(([script, written]) => {
    const parts = partsOf(written)
    return parts.length === 0 ? [] : [{ script: script as keyof PersonName, ...Object.fromEntries(parts) }]
  })
}

/** Family, given, middle, prefix and suffix, separated by carets (PS3.5 6.2.1.2). */
function partsOf(written: string): readonly (readonly [string, string])[] {
  const parts = written.split('^').map((part) => part.trim())
  return partNames.flatMap((name, index) => {
    const part = parts[index]
    return part === undefined || part === '' ? [] : [[name, part] as const]
  })
}
