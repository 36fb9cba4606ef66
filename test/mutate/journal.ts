import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A place in a file, lines and columns from 1, as in Stryker's reports. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface Mutant {
  /** Path from the project's folder. */
  readonly fileName: string
  readonly mutatorName: string
  readonly replacement: string
  readonly location: { readonly start: Position; readonly end: Position }
}

export type Verdict = 'Killed' | 'Survived' | 'Timeout' | 'NoCoverage'

/** What was found out about a mutant, and about which state of the files. */
export interface Entry {
  readonly key: string
  readonly verdict: Verdict
  /** Digest of the mutated source file. */
  readonly source: string
  /** The test files that were run: the one that noticed the mutant if there is one, else all that reach it. */
  readonly tests: readonly string[]
  readonly testsDigest: string
  /** Digest of all test files, since a new one may notice a mutant that survived. */
  readonly suite: string
}

/** Equal for the same mutant in another run, in which Stryker gives it another id. */
export function keyOf({ fileName, mutatorName, replacement, location: { start, end } }: Mutant): string {
  const place = `${start.line}:${start.column}-${end.line}:${end.column}`
  return JSON.stringify([fileName, place, mutatorName, replacement])
}

/** The last entry of each mutant. A run that was killed while it wrote leaves half a line, which is left out. */
export function readJournal(file: string): ReadonlyMap<string, Entry> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  const entries = lines.flatMap((line) => {
    const entry = parseEntry(line)
    return entry === undefined ? [] : [entry]
  })
  return new Map(entries.map((entry) => [entry.key, entry]))
}

/** The line break comes first, so that an entry after half a line stands on a line of its own. */
export function addToJournal(file: string, entry: Entry): void {
  mkdirSync(dirname(file), { recursive: true })
  appendFileSync(file, `\n${JSON.stringify(entry)}`)
}

/** True if neither the mutated file nor the tests that decided have changed since. */
export function stillHolds({ source, tests, testsDigest }: Entry, sourceDigest: string): boolean {
  return source === sourceDigest && testsDigest === digestOfFiles(tests)
}

/** True if a failed test or a time-out decided. What survived may be noticed by another test. */
export function isNoticed({ verdict }: { readonly verdict: Verdict }): boolean {
  return verdict === 'Killed' || verdict === 'Timeout'
}

/** SHA-256 of the files' contents in this order. A missing file counts as an empty one. */
export function digestOfFiles(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(existsSync(file) ? readFileSync(file) : '').update('\0')
  return hash.digest('hex')
}

function parseEntry(line: string): Entry | undefined {
  try {
    return JSON.parse(line) as Entry
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
