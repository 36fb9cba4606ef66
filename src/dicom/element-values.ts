import type { DicomDataset, DicomElement } from './dataset.ts'

/** First value as trimmed text; undefined when absent, empty or not text. */
export function textOf(dataset: DicomDataset, tag: string): string | undefined {
  return textsOf(dataset, tag)[0]
}

/** The value as trimmed text; undefined also if there are several, of which none identifies anything. */
export function onlyTextOf(dataset: DicomDataset, tag: string): string | undefined {
  return (dataset[tag]?.Value?.length ?? 0) > 1 ? undefined : textOf(dataset, tag)
}

/** All values as trimmed text, empty ones left out. */
export function textsOf(dataset: DicomDataset, tag: string): readonly string[] {
  return (dataset[tag]?.Value ?? [])
    .map((value) => (typeof value === 'string' ? withoutControls(value) : ''))
    .filter((value) => value !== '')
}

/** Trimmed text with a space for control characters, which end fields and lines in the results and logs of receivers. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim()
}

/** The first value as written, without the padding that is not part of it (PS3.5 6.2); undefined when empty. */
export function exactTextOf(dataset: DicomDataset, tag: string): string | undefined {
  const value = dataset[tag]?.Value?.[0]
  const text = typeof value === 'string' ? value.replace(/[ \0]+$/, '').replace(/^ +/, '') : ''
  return text === '' ? undefined : text
}

/** First value as a finite number (DS and IS may be text); undefined when absent, empty or not a number. */
export function numberOf(dataset: DicomDataset, tag: string): number | undefined {
  const value = dataset[tag]?.Value?.[0]
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' ? parseDecimal(value) : undefined
}

/** All values as numbers; empty if any of them is not a number, because the attribute is then unusable. */
export function numbersOf(dataset: DicomDataset, tag: string): readonly number[] {
  const numbers = (dataset[tag]?.Value ?? []).map((value) =>
    typeof value === 'string' ? (parseDecimal(value) ?? NaN) : value,
  )
  return numbers.every((value): value is number => typeof value === 'number' && Number.isFinite(value)) ? numbers : []
}

/** A decimal or integer string (DS, IS: PS3.5 6.2) as a number; undefined for anything else, without guessing. */
export function parseDecimal(text: string): number | undefined {
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text.trim())) return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** First value as a whole number. */
export function integerOf(dataset: DicomDataset, tag: string): number | undefined {
  const number = numberOf(dataset, tag)
  return number !== undefined && Number.isInteger(number) ? number : undefined
}

/** Whether an attribute is present with a value. */
export function hasValue(dataset: DicomDataset, tag: string): boolean {
  const value = dataset[tag]?.Value
  return value !== undefined && value.length > 0 && value[0] !== null && value[0] !== ''
}

/** The first item of a sequence. */
export function firstItem(dataset: DicomDataset, tag: string): DicomDataset | undefined {
  const item = dataset[tag]?.Value?.[0]
  return isDataset(item) ? item : undefined
}

/** All items of a sequence. */
export function itemsOf(dataset: DicomDataset, tag: string): readonly DicomDataset[] {
  return (dataset[tag]?.Value ?? []).filter(isDataset)
}

function isDataset(value: unknown): value is Readonly<Record<string, DicomElement>> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)
}
