import { createRequire } from 'node:module'
import type { Hl7Parties } from '../../../src/report/hl7/oru.ts'
import type { OruMessage } from '../../../src/report/result-objects.ts'

/** The part of hl7v2 used here. Its own types import browser types, which would change others in this project. */
interface Hl7v2 {
  readonly HL7Message: {
    parse(input: Buffer, options: { readonly strict: boolean }): { readonly segments: readonly Segment[] }
  }
}
interface Segment {
  readonly segmentType: string
  field(number: number): { readonly repetitions: readonly { readonly components: ArrayLike<Component | undefined> }[] }
}
interface Component {
  getValue(): string | number | null | undefined
}

const { HL7Message } = createRequire(import.meta.url)('hl7v2') as Hl7v2

export const hl7Parties: Hl7Parties = {
  sendingApplication: 'LUNGTRIAGE',
  sendingFacility: 'CLINIC',
  receivingApplication: 'RIS',
  receivingFacility: 'HOSPITAL',
}

/** An OBX as read by another library, with its dictionary of 2.5.1 and unescaped. */
export interface ReadObservation {
  readonly type: string
  /** Code, name, coding system. */
  readonly name: readonly string[]
  readonly image: string
  readonly value: readonly string[]
  readonly unit: string
  readonly abnormal: string
  readonly status: string
  /** The NTE that follow it. */
  readonly notes: readonly string[]
}

export interface ReadOru {
  readonly segmentNames: readonly string[]
  readonly observations: readonly ReadObservation[]
  /** Components of a field, one list per repetition. */
  field(segment: string, number: number): readonly (readonly string[])[]
}

/** Reads a message with a third-party library in strict mode: a value that violates its data type fails. */
export function readOru({ bytes }: OruMessage): ReadOru {
  const { segments } = HL7Message.parse(Buffer.from(bytes), { strict: true })
  const observations: { segment: Segment; notes: string[] }[] = []
  for (const segment of segments) {
    if (segment.segmentType === 'OBX') observations.push({ segment, notes: [] })
    if (segment.segmentType === 'NTE') observations.at(-1)?.notes.push(componentsOf(segment, 3)[0]?.[0] ?? '')
  }
  return {
    segmentNames: segments.map((segment) => segment.segmentType),
    observations: observations.map(({ segment, notes }) => readObservation(segment, notes)),
    field: (name, number) =>
      componentsOf(
        segments.find((segment) => segment.segmentType === name)!,
        number,
      ),
  }
}

function readObservation(segment: Segment, notes: readonly string[]): ReadObservation {
  const components = (number: number) => componentsOf(segment, number)[0] ?? []
  const first = (number: number) => components(number)[0] ?? ''
  return {
    type: first(2),
    name: components(3),
    image: first(4),
    value: components(5),
    unit: first(6),
    abnormal: first(8),
    status: first(11),
    notes,
  }
}

function componentsOf(segment: Segment, number: number): string[][] {
  return segment
    .field(number)
    .repetitions.map(({ components }) => Array.from(components, (component) => String(component?.getValue() ?? '')))
}
