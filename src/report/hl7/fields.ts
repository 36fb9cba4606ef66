import { Hl7Context, Hl7Field, Hl7Message, Hl7Segment } from '@medplum/core'
import type { DicomDataset } from '../../dicom/dataset.ts'
import type { Code } from '../codes.ts'
import { contentMoment } from '../../dicom/date-and-time.ts'

/**
 * Fields and segments of HL7 v2 in its encoding rules 7 (2.5.1, chapter 2). The library puts delimiters between values and knows no
 * escapes, so every value comes in by way of this file and none can end its field, its segment or its MLLP block.
 */

type Component = string | undefined

/** Delimiters inside a value (2.7.1). */
const escapes: Readonly<Record<string, string>> = { '|': 'F', '^': 'S', '&': 'T', '~': 'R', '\\': 'E' }

/** A field of components, each plain text. */
export function field(...components: readonly Component[]): Hl7Field {
  return repeatedField([components])
}

/** A field that stands more than once, each time of components. */
export function repeatedField(repetitions: readonly (readonly Component[])[]): Hl7Field {
  return new Hl7Field(repetitions.map((components) => withoutEmptyEnd(components.map((text) => escaped(text ?? '')))))
}

/** Formatted text (FT), in which lines may break (2.7.6). */
export function formattedText(text: string): Hl7Field {
  return new Hl7Field([
    [
      text
        .split(/\r\n?|\n/)
        .map(escaped)
        .join('\\.br\\'),
    ],
  ])
}

/** Coded element (CE, CWE); coding systems have the names of HL7 table 0396. */
export function codedField({ value, meaning, scheme }: Code, name = meaning): Hl7Field {
  return field(value, name, scheme)
}

/**
 * TS, to the millisecond and with zone, on the clock of the study.
 * @param iso ISO 8601 with zone
 */
export function timeStamp(iso: string, source: DicomDataset): string {
  const { date, time, offset } = contentMoment(iso, source)
  return `${date}${time.slice(0, 10)}${offset}`
}

/** A segment whose fields stand at the numbers that the standard gives them. */
export function segment(name: string, fields: Readonly<Record<number, Hl7Field>>): Hl7Segment {
  return new Hl7Segment([name, ...fieldsFrom(1, fields)])
}

/** MSH, whose first two fields are the delimiters themselves. */
export function headerSegment(fields: Readonly<Record<number, Hl7Field>>): Hl7Segment {
  return new Hl7Segment(['MSH', new Hl7Context().getMsh2(), ...fieldsFrom(3, fields)])
}

/** The message as it goes out; every segment ends with a carriage return, the last one too (2.6). */
export function messageText(segments: readonly Hl7Segment[]): string {
  return `${new Hl7Message([...segments]).toString()}\r`
}

function fieldsFrom(first: number, fields: Readonly<Record<number, Hl7Field>>): (Hl7Field | string)[] {
  const last = Math.max(...Object.keys(fields).map(Number))
  return Array.from({ length: last - first + 1 }, (_, index) => fields[first + index] ?? '')
}

function withoutEmptyEnd(components: readonly string[]): string[] {
  return components.slice(0, components.findLastIndex((component) => component !== '') + 1)
}

/**
 * A value as it may stand in a field. Two quotation marks alone would tell the receiver to delete what it has (2.5.3). Control characters,
 * MLLP's among them, go in hex.
 */
export function escaped(text: string): string {
  if (text === '""') return '\\X2222\\'
  return text.replace(/[|^&~\\]|[\x00-\x1f\x7f]/g, (character) => `\\${escapes[character] ?? hexOf(character)}\\`)
}

function hexOf(character: string): string {
  return `X${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
