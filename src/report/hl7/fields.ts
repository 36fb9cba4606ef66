import { Hl7Context, Hl7Field, Hl7Message, Hl7Segment } from '@medplum/core'
import type { DicomDataset } from '../../dicom/dataset.ts'
import type { Code } from '../codes.ts'
import { contentMoment } from '../../dicom/date-and-time.ts'

/**
 * Fields and segments of HL7 v2 by its encoding rules (2.5.1, chapter 2, section 7). The library joins values with
 * delimiters but does not escape them. All values pass through this file, so none can end its field, segment or MLLP
 * block.
 */

/** Text, or a list of subcomponents. */
type Component = string | undefined | readonly (string | undefined)[]

/** Delimiters inside a value (2.7.1). */
const escapes: Readonly<Record<string, string>> = { '|': 'F', '^': 'S', '&': 'T', '~': 'R', '\\': 'E' }

/** A field of plain-text components. */
export function field(...components: readonly Component[]): Hl7Field {
  return repeatedField([components])
}

/** A repeating field, each repetition a list of components. */
export function repeatedField(repetitions: readonly (readonly Component[])[]): Hl7Field {
  return new Hl7Field(repetitions.map((components) => withoutEmptyEnd(components.map(encodedComponent))))
}

function encodedComponent(component: Component): string {
  const texts = typeof component === 'object' ? component : [component]
  return withoutEmptyEnd(texts.map((text) => escaped(text ?? ''))).join('&')
}

/** Formatted text (FT), with line breaks (2.7.6). */
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

/** Coded element (CE, CWE). Coding systems are named as in HL7 table 0396. */
export function codedField({ value, meaning, scheme }: Code, name = meaning): Hl7Field {
  return field(value, name, scheme)
}

/**
 * TS to the millisecond, in the time zone of the study.
 * @param iso ISO 8601 with zone
 */
export function timeStamp(iso: string, source: DicomDataset): string {
  const { date, time, offset } = contentMoment(iso, source)
  return `${date}${time.slice(0, 10)}${offset}`
}

/** A segment with its fields at their standard numbers. */
export function segment(name: string, fields: Readonly<Record<number, Hl7Field>>): Hl7Segment {
  return new Hl7Segment([name, ...fieldsFrom(1, fields)])
}

/** MSH. Its first two fields are the delimiters. */
export function headerSegment(fields: Readonly<Record<number, Hl7Field>>): Hl7Segment {
  return new Hl7Segment(['MSH', new Hl7Context().getMsh2(), ...fieldsFrom(3, fields)])
}

/** The encoded message. Every segment ends with a carriage return, including the last (2.6). */
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
 * An escaped value. Two quotation marks alone would make the receiver delete its value (2.5.3). Control characters,
 * including those of MLLP, become spaces: a receiver that decodes escapes could take them for the end of a segment.
 */
export function escaped(text: string): string {
  if (text === '""') return '\\X2222\\'
  return text.replace(/\p{Cc}/gu, ' ').replace(/[|^&~\\]/g, (character) => `\\${escapes[character]!}\\`)
}
