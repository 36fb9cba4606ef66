import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Piscina } from 'piscina'
import { analyzeFiles } from '../../src/commands/analyze-files.ts'
import type { OpenTriage } from '../../src/analyse/open-triage.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import type { DecodeOutcome } from './decode-worker.ts'
import { type Mutant, mutate } from './mutate.ts'
import type { SeedFile } from './seed-files.ts'

export interface FuzzOptions {
  readonly seeds: readonly SeedFile[]
  readonly count: number
  /** The same seed and files give the same mutants. */
  readonly seed: number
  readonly progress: (text: string) => void
}

/** A mutant with an unexpected outcome. */
export interface Finding {
  readonly number: number
  readonly file: string
  readonly what: string
  readonly outcome: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export interface FuzzResult {
  /** Number of mutants per outcome. */
  readonly outcomes: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
  /** The slowest mutant. */
  readonly slowest: { readonly number: number; readonly file: string; readonly what: string; readonly ms: number }
  readonly peakMemoryMb: number
  /** Memory of the process before the run. */
  readonly startMemoryMb: number
}

/** Time limit per mutant. */
const hangMs = 10_000

/** Runs mutants through decoding and display in a worker thread with the service's limits. */
export async function fuzzDecoding(options: FuzzOptions): Promise<FuzzResult> {
  const pool = new Piscina<Uint8Array<ArrayBuffer>, DecodeOutcome>({
    filename: new URL('./decode-worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  })
  try {
    return await fuzz(options, async ({ bytes }) => {
      const { code, message } = await pool.run(bytes.slice(), { signal: AbortSignal.timeout(hangMs) })
      return { outcome: code, right: code !== 'UNEXPECTED' && code !== 'WRONG_SIZE', message }
    })
  } finally {
    await pool.destroy()
  }
}

/** Runs mutants through all of `analyze`. */
export async function fuzzAnalyze(triage: OpenTriage, options: FuzzOptions): Promise<FuzzResult> {
  const folder = await mkdtemp(join(tmpdir(), 'lung-triage-fuzz-'))
  try {
    const file = join(folder, 'mutant.dcm')
    return await fuzz(options, async ({ bytes }) => {
      await writeFile(file, bytes)
      let line: Readonly<Record<string, unknown>> = {}
      await analyzeFiles([file], join(folder, 'out'), triage, {
        format: 'json',
        result: (json) => (line = json),
        progress: () => {},
        failure: () => {},
      })
      await rm(join(folder, 'out'), { recursive: true, force: true })
      const code = typeof line['code'] === 'string' ? line['code'] : ''
      const reason = typeof line['reason'] === 'string' ? line['reason'] : ''
      const answered = line['status'] === 'analysed' || reason !== ''
      return {
        outcome: `${String(line['status'])} ${code}`.trim(),
        right: answered && code !== 'UNEXPECTED',
        message: reason,
      }
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface Answer {
  readonly outcome: string
  /** Whether the mutant was read, or rejected with a declared error. */
  readonly right: boolean
  readonly message: string
}

async function fuzz(
  { seeds, count, seed, progress }: FuzzOptions,
  run: (mutant: Mutant) => Promise<Answer>,
): Promise<FuzzResult> {
  const outcomes = new Map<string, number>()
  const findings: Finding[] = []
  let slowest = { number: 0, file: '', what: '', ms: 0 }
  const startMemoryMb = Math.round(process.memoryUsage.rss() / 2 ** 20)
  let peakMemoryMb = 0
  for (let number = 0; number < count; number++) {
    const random = seededRandom(seed * 1_000_003 + number)
    const [file, other] = [0, 0].map(() => seeds[Math.floor(random() * seeds.length)]!)
    const mutant = mutate(file!.bytes, other!.bytes, random)
    const startMs = performance.now()
    const answer = await run(mutant).catch((error: unknown) => ({
      outcome: error instanceof Error ? error.name : 'CRASH',
      right: false,
      message: String(error),
    }))
    const ms = Math.round(performance.now() - startMs)
    if (ms > slowest.ms) slowest = { number, file: file!.name, what: mutant.what, ms }
    peakMemoryMb = Math.max(peakMemoryMb, process.memoryUsage.rss() / 2 ** 20)
    outcomes.set(answer.outcome, (outcomes.get(answer.outcome) ?? 0) + 1)
    if (!answer.right) {
      const outcome = `${answer.outcome}: ${answer.message}`
      findings.push({ number, file: file!.name, what: mutant.what, outcome, bytes: mutant.bytes })
    }
    if ((number + 1) % 1000 === 0) progress(`${number + 1} of ${count}, ${findings.length} findings`)
  }
  return {
    outcomes: Object.fromEntries([...outcomes].sort(([, one], [, next]) => next - one)),
    findings,
    slowest,
    peakMemoryMb: Math.round(peakMemoryMb),
    startMemoryMb,
  }
}
