import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { runProgram } from '../program-shell.ts'

/** A file in the DICOM JSON Model as DCMTK's dcm2json reads it; it converts all text to Unicode. */
export async function readByDcmtk(bytes: Uint8Array): Promise<DicomDataset> {
  const folder = await mkdtemp(join(tmpdir(), 'lung-triage-dcm2json-'))
  try {
    const file = join(folder, 'file.dcm')
    await writeFile(file, bytes)
    const { exitCode, stdout, stderr } = await runProgram('dcm2json', ['-q', file])
    if (exitCode !== 0) throw new Error(`dcm2json failed with exit code ${exitCode}: ${stderr}`)
    return JSON.parse(stdout) as DicomDataset
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Comparable = Readonly<Record<string, readonly unknown[]>>

/**
 * The values of a data set in one form for both readers. Left out is what nobody reads: leading and trailing spaces,
 * which most VRs ignore (PS3.5 6.2), empty values at the end, and empty items.
 */
export function comparable(dataset: DicomDataset): Comparable {
  return Object.fromEntries(
    Object.entries(dataset).map(([tag, { vr, Value = [], InlineBinary }]) => [
      tag,
      withoutEmptyEnd((InlineBinary === undefined ? Value : [InlineBinary]).flatMap((value) => plain(value, vr))),
    ]),
  )
}

function plain(value: unknown, vr: string): unknown {
  if (vr === 'SQ') return Object.keys(value ?? {}).length === 0 ? [] : comparable(value as DicomDataset)
  if (value instanceof ArrayBuffer) return vr === 'SV' ? Array.from(new BigInt64Array(value), String) : inBase64(value)
  if (typeof value === 'string') return value.trim() || null
  return typeof value === 'number' || typeof value === 'bigint' ? plainNumber(value, vr) : value
}

function inBase64(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('base64')
}

function plainNumber(value: number | bigint, vr: string): unknown {
  if (vr === 'UV' || vr === 'SV') return value.toString()
  if (vr === 'AT') return value.toString(16).toUpperCase().padStart(8, '0')
  // DCMTK prints a float32 with nine digits, dcmjs reads the last digit of a float64 inexactly; -0 becomes 0.
  if (vr === 'FL') return Math.fround(Number(value)) + 0
  return vr === 'FD' ? Number(Number(value).toPrecision(13)) + 0 : value
}

function withoutEmptyEnd(values: readonly unknown[]): readonly unknown[] {
  const last = values.findLastIndex((value) => value !== null)
  return values.slice(0, last + 1)
}
