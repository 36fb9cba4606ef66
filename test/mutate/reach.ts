import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTestFiles } from './run-test-files.ts'

/** The mutants that a test file reaches, by Stryker's ids. */
export interface Reach {
  readonly file: string
  /** Digest of the test file. */
  readonly digest: string
  readonly mutants: readonly string[]
  /** Its duration without a mutant. */
  readonly ms: number
  /** Why it decides nothing: it fails in the copy of the project without any mutant. */
  readonly unfit?: string
}

const recordHits = join(import.meta.dirname, 'record-hits.js')

/** A test file alone may take this long; the longest of the project takes about a minute. */
const timeoutMs = 300_000

/** Runs a test file in the instrumented copy `cwd` and records the mutants that its processes and threads reach. */
export async function reachOf(file: string, digest: string, cwd: string): Promise<Reach> {
  const dir = mkdtempSync(join(tmpdir(), 'mutate-hits-'))
  try {
    const hits = join(dir, 'hits')
    const options = `${process.env['NODE_OPTIONS'] ?? ''} --import=${recordHits}`.trim()
    const run = await runTestFiles([file], { cwd, timeoutMs, env: { NODE_OPTIONS: options, MUTATE_HITS: hits } })
    const ids = existsSync(hits) ? readFileSync(hits, 'utf8').split('\n').slice(0, -1) : []
    const reach = { file, digest, mutants: [...new Set(ids)], ms: Math.round(run.ms) }
    if (run.outcome === 'passed') return reach
    return { ...reach, unfit: run.outcome === 'failed' ? run.message : 'time-out' }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Empty before the dry run. */
export function readReach(file: string): readonly Reach[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Reach[]) : []
}

/**
 * The test files that a mutant meets, in this order: those beside the mutated file first, the quick before the slow.
 * Leaves out what does not fit into the budget. If nothing fits, the quickest remains.
 */
export function nearestFirst(reach: readonly Reach[], source: string, budgetMs: number): readonly Reach[] {
  const fit = reach.filter(({ unfit }) => unfit === undefined)
  let totalMs = 0
  const chosen = fit
    .toSorted((a, b) => nearness(b.file, source) - nearness(a.file, source) || a.ms - b.ms)
    .filter(({ ms }) => {
      const fits = totalMs + ms <= budgetMs
      if (fits) totalMs += ms
      return fits
    })
  return chosen.length > 0 ? chosen : fit.toSorted((a, b) => a.ms - b.ms).slice(0, 1)
}

/** How many folders and words of its name a test shares with the source: pixels/decode.test.ts with pixels/decode.ts. */
function nearness(test: string, source: string): number {
  const [ours, theirs] = [words(test), words(source)]
  const differing = theirs.findIndex((word, index) => word !== ours[index])
  return differing === -1 ? theirs.length : differing
}

function words(file: string): readonly string[] {
  return file
    .replace(/(\.[a-z]+)*\.ts$/, '')
    .split(/[/-]/)
    .slice(1)
}
