import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Logger } from '@stryker-mutator/api/logging'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import { keyOf, type Mutant } from './journal.ts'
import type { ScopedFile } from './scope.ts'

export interface FoundMutant extends Mutant {
  readonly id: string
  /** The reason of a `Stryker disable` comment. */
  readonly equivalent?: string
}

const silent = () => undefined
const logger: Logger = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => true,
  isErrorEnabled: () => true,
  isFatalEnabled: () => true,
  trace: silent,
  debug: silent,
  info: silent,
  warn: (message: string) => void process.stderr.write(`${message}\n`),
  error: (message: string) => void process.stderr.write(`${message}\n`),
  fatal: (message: string) => void process.stderr.write(`${message}\n`),
}

/** All mutants that Stryker makes of these files. */
export async function mutantsOf(files: readonly ScopedFile[]): Promise<readonly FoundMutant[]> {
  const sources = files.map(({ file, lines }) => ({
    name: file,
    content: readFileSync(file, 'utf8'),
    mutate: lines === undefined ? true : lines.map(rangeOf),
  }))
  const options = { ignorers: [], plugins: null, excludedMutations: [] }
  const { mutants } = await new Instrumenter(logger).instrument(sources, options)
  return mutants.map(({ id, fileName, mutatorName, replacement, location: { start, end }, status, statusReason }) => ({
    id,
    fileName,
    mutatorName,
    replacement,
    location: { start: countedFromOne(start), end: countedFromOne(end) },
    ...(status === 'Ignored' && { equivalent: statusReason ?? '' }),
  }))
}

/** The part of a mutate pattern after the file: all of the lines, for Stryker's own instrumentation. */
export function patternsOf({ file, lines }: ScopedFile): readonly string[] {
  return lines === undefined ? [file] : lines.map(([first, last]) => `${file}:${first}-${last}`)
}

/**
 * At most `size` mutants, drawn by seed. Each mutant has a rank of its own, so a larger sample contains the smaller
 * one, and a change elsewhere leaves the rest of the sample as it is.
 */
export function sampleOf(mutants: readonly FoundMutant[], size: number, seed: number): readonly FoundMutant[] {
  const rank = new Map(
    mutants.map((mutant) => [
      mutant,
      createHash('sha256')
        .update(`${seed} ${keyOf(mutant)}`)
        .digest('hex'),
    ]),
  )
  return mutants.toSorted((a, b) => (rank.get(a)! < rank.get(b)! ? -1 : 1)).slice(0, size)
}

function countedFromOne({ line, column }: { line: number; column: number }) {
  return { line: line + 1, column: column + 1 }
}

/** Stryker counts lines from 0 here. The column lies behind every line's end. */
function rangeOf([first, last]: readonly [number, number]) {
  return { start: { line: first - 1, column: 0 }, end: { line: last - 1, column: Number.MAX_SAFE_INTEGER } }
}
