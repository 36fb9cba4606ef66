import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import sharp from 'sharp'

/**
 * Results that no formula states, kept in `recordings/` beside the test that compares them. With RECORD=1 a test writes
 * its recordings again and then fails, so that nobody takes over a recording without reading its diff.
 */
export type Recorded = number | string | boolean | null | readonly Recorded[] | { readonly [name: string]: Recorded }

const recordsAgain = process.env.RECORD === '1'
/** Recordings have one digit more than any bound needs. */
const digits = 8
const mostDifferences = 5

/**
 * Compares results with a recording: text and structure exactly, numbers within a bound.
 * @param bound largest difference, as a share of the recorded number
 * @param least smaller numbers may differ as much as this one
 */
export async function expectRecorded(file: URL, found: Recorded, bound: number, least = 1): Promise<void> {
  const text = JSON.stringify(shortened(found))
  if (recordsAgain) {
    const { format } = await import('prettier')
    return record(file, await format(text, { parser: 'json', printWidth: 120 }))
  }
  const recorded = JSON.parse(readFileSync(existing(file), 'utf8')) as Recorded
  const differences = differencesOf(
    recorded,
    JSON.parse(text) as Recorded,
    (value) => bound * Math.max(least, Math.abs(value)),
  )
  expect(
    differences.slice(0, mostDifferences).join('\n'),
    `${nameOf(file)}, ${differences.length} differences`,
  ).to.equal('')
}

/** Compares a mask of the values 0, 1 and 2 with a recorded PNG, in which they are black, gray and white. */
export async function expectRecordedMask(file: URL, side: number, samples: Uint8Array): Promise<void> {
  const shown = samples.map((value) => Math.min(255, 128 * value))
  if (recordsAgain) {
    const raw = { width: side, height: side, channels: 1 } as const
    return record(file, await sharp(shown, { raw }).png({ compressionLevel: 9 }).toBuffer())
  }
  const { data, info } = await sharp(existing(file)).greyscale().raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height], nameOf(file)).to.deep.equal([side, side])
  const apart = shown.reduce((count, value, i) => count + (value === data[i] ? 0 : 1), 0)
  expect(apart, `samples that differ from ${nameOf(file)}`).to.equal(0)
}

function record(file: URL, contents: string | Uint8Array): never {
  mkdirSync(new URL('.', file), { recursive: true })
  writeFileSync(file, contents)
  throw new Error(`Recorded ${nameOf(file)}. Read its diff, then run the test without RECORD.`)
}

function existing(file: URL): string {
  if (!existsSync(file)) throw new Error(`${nameOf(file)} is missing. Run the test with RECORD=1 and read the result.`)
  return fileURLToPath(file)
}

function nameOf(file: URL): string {
  return relative(process.cwd(), fileURLToPath(file))
}

function shortened(value: Recorded): Recorded {
  if (typeof value === 'number') return Number.isFinite(value) ? Number(value.toPrecision(digits)) : String(value)
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map(shortened)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shortened(member)]))
}

function differencesOf(
  recorded: Recorded,
  found: Recorded,
  boundOf: (recorded: number) => number,
  at = 'value',
): string[] {
  if (typeof recorded === 'number' && typeof found === 'number') {
    return Math.abs(found - recorded) <= boundOf(recorded) ? [] : [`${at}: recorded ${recorded}, found ${found}`]
  }
  if (!isBranch(recorded) || !isBranch(found)) {
    return recorded === found ? [] : [`${at}: recorded ${JSON.stringify(recorded)}, found ${JSON.stringify(found)}`]
  }
  const [names, foundNames] = [Object.keys(recorded), Object.keys(found)]
  if (names.join() !== foundNames.join()) return [`${at}: recorded [${names.join()}], found [${foundNames.join()}]`]
  const [ours, theirs] = [recorded, found] as [Record<string, Recorded>, Record<string, Recorded>]
  return names.flatMap((name) => differencesOf(ours[name]!, theirs[name]!, boundOf, `${at}.${name}`))
}

function isBranch(value: Recorded): value is Exclude<Recorded, number | string | boolean | null> {
  return typeof value === 'object' && value !== null
}

function isList(value: Recorded): value is readonly Recorded[] {
  return Array.isArray(value)
}
