import type { DicomDataset } from './dataset.ts'
import { textOf } from './element-values.ts'

/** When a result was made, in DICOM's formats. */
interface ContentMoment {
  /** `YYYYMMDD`. */
  readonly date: string
  /** `HHMMSS.ffffff`. */
  readonly time: string
  /** Timezone Offset From UTC, `&ZZXX`. */
  readonly offset: string
}

/**
 * A moment in the study's time zone. Timezone Offset From UTC applies to every date and time of an object (PS3.3
 * C.12.1.1), including those copied from the source. So the source's offset is used, or else that of the machine that
 * analysed it.
 * @param iso ISO 8601 with zone
 */
export function contentMoment(iso: string, source: DicomDataset): ContentMoment {
  const offset = sourceOffset(source) ?? offsetOf(iso)
  const shifted = new Date(Date.parse(iso) + minutesOf(offset) * 60_000).toISOString()
  return {
    date: shifted.slice(0, 10).replaceAll('-', ''),
    time: `${shifted.slice(11, 19).replaceAll(':', '')}.${shifted.slice(20, 23)}000`,
    offset,
  }
}

/** A date (DA, PS3.5 6.2) as `YYYY-MM-DD`; undefined if there is no such day. */
export function isoDay(date: string): string | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})$/.exec(date)
  if (parts === null) return undefined
  const day = `${parts[1]}-${parts[2]}-${parts[3]}`
  const exists = !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day)
  return exists ? day : undefined
}

/** Timezone Offset From UTC of a study, if present and valid. */
export function sourceOffset(source: DicomDataset): string | undefined {
  const offset = textOf(source, '00080201')
  return offset !== undefined && /^[+-]\d{4}$/.test(offset) ? offset : undefined
}

function offsetOf(iso: string): string {
  return /[+-]\d{2}:\d{2}$/.exec(iso)?.[0].replace(':', '') ?? '+0000'
}

function minutesOf(offset: string): number {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3))
  return offset.startsWith('-') ? -minutes : minutes
}
