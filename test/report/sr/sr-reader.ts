import type { DicomDataset } from '../../../src/dicom/dataset.ts'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { firstItem, numberOf, textOf } from '../../../src/dicom/element-values.ts'
import type { Point } from '../../../src/report/sr/content-item.ts'

/** A content item of a Structured Report, read from its file. */
export interface SrItem {
  readonly valueType: string
  readonly relationship: string | undefined
  /** Concept name; an image may have none. */
  readonly name: SrCode | undefined
  readonly text: string | undefined
  readonly uid: string | undefined
  readonly code: SrCode | undefined
  readonly number: { readonly value: number | undefined; readonly unit: SrCode | undefined } | undefined
  readonly points: readonly Point[]
  /** SOP Instance UID of the referenced image. */
  readonly image: string | undefined
  readonly children: readonly SrItem[]
}

export interface SrCode {
  readonly value: string
  readonly meaning: string
}

/** The content tree of a Structured Report. */
export function readSr(bytes: Uint8Array<ArrayBuffer>): SrItem {
  return readItem(parseDicomFile(bytes).dataset)
}

/** An item and everything below it. */
export function everything(item: SrItem): readonly SrItem[] {
  return [item, ...item.children.flatMap(everything)]
}

/** Children by the code of their concept name. */
export function named(item: SrItem, codeValue: string): readonly SrItem[] {
  return item.children.filter((child) => child.name?.value === codeValue)
}

/** The first child with the concept name, which must exist. */
export function first(item: SrItem, codeValue: string): SrItem {
  const [child] = named(item, codeValue)
  if (child === undefined) throw new Error(`no item ${codeValue} in ${item.name?.meaning ?? item.valueType}`)
  return child
}

/** The measurement groups (TID 1410) of a measurement report. */
export function groupsOf(root: SrItem): readonly SrItem[] {
  return named(root, '126010').flatMap((measurements) => named(measurements, '125007'))
}

function readItem(dataset: DicomDataset): SrItem {
  const measured = firstItem(dataset, '0040A300')
  const reference = firstItem(dataset, '00081199')
  return {
    valueType: textOf(dataset, '0040A040') ?? '',
    relationship: textOf(dataset, '0040A010'),
    name: codeOf(dataset, '0040A043'),
    text: textOf(dataset, '0040A160'),
    uid: textOf(dataset, '0040A124'),
    code: codeOf(dataset, '0040A168'),
    number: measured && { value: numberOf(measured, '0040A30A'), unit: codeOf(measured, '004008EA') },
    points: pairs(dataset['00700022']?.Value ?? []),
    image: reference && textOf(reference, '00081155'),
    children: itemsOf(dataset).map(readItem),
  }
}

function itemsOf(dataset: DicomDataset): readonly DicomDataset[] {
  const items = dataset['0040A730']?.Value ?? []
  return items.map((_, index) => firstItem({ one: { vr: 'SQ', Value: [items[index]] } }, 'one')!)
}

function codeOf(dataset: DicomDataset, tag: string): SrCode | undefined {
  const item = firstItem(dataset, tag)
  return item && { value: textOf(item, '00080100') ?? '', meaning: textOf(item, '00080104') ?? '' }
}

function pairs(values: readonly unknown[]): readonly Point[] {
  return Array.from({ length: values.length / 2 }, (_, i): Point => [Number(values[2 * i]), Number(values[2 * i + 1])])
}
