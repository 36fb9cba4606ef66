import type { DicomDataset } from './dataset.ts'
import { exactTextOf, hasValue } from './element-values.ts'

/** A text that says whose or which something is. `unclear`: it could be read in two ways, and one may be another's. */
export type IdentifyingText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unclear'; readonly problem: string }

/** Control characters, halves of a character, line separators, and what stands for bytes that could not be decoded. */
const unreadable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\uFFFD]/u

/** The only value of an attribute as written, without the padding of PS3.5 6.2. It is never cut, joined or mended. */
export function identifyingText(dataset: DicomDataset, tag: string): IdentifyingText {
  const values = dataset[tag]?.Value ?? []
  if (values.length > 1) return unclear('has several values')
  if (!hasValue(dataset, tag)) return { kind: 'empty' }
  if (typeof values[0] !== 'string') return unclear('is not text')
  const text = exactTextOf(dataset, tag) ?? ''
  if (text.trim() === '') return unclear('consists of blanks')
  // Some archives do not split the values of JSON.
  if (text.includes('\\')) return unclear('has several values')
  return unreadable.test(text) ? unclear('has control or undecodable characters') : { kind: 'text', text }
}

function unclear(problem: string): IdentifyingText {
  return { kind: 'unclear', problem }
}

/** The accession number; undefined if it is empty or unclear, because the result could otherwise go to another order. */
export function accessionNumberOf(dataset: DicomDataset): string | undefined {
  const accession = identifyingText(dataset, '00080050')
  return accession.kind === 'text' ? accession.text : undefined
}
