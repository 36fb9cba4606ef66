import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stryker } from '@stryker-mutator/core'
import { digestOfFiles, type Entry, isNoticed, keyOf, readJournal, stillHolds, type Verdict } from './journal.ts'
import { type FoundMutant, mutantsOf, patternsOf, sampleOf } from './mutants.ts'
import type { ScopeResult, TestedMutant } from './report.ts'
import type { ScopedFile } from './scope.ts'
import { type Reach, readReach } from './reach.ts'
import { planOption, type RunnerPlan } from './test-file-runner.ts'

export interface MutateOptions {
  readonly projectFolder: string
  /** For journal, reach and reports; kept between runs. */
  readonly stateFolder: string
  /** For the instrumented copy of the project. */
  readonly temporaryFolder: string
  readonly testFiles: readonly string[]
  readonly sample: { readonly size: number; readonly seed: number }
  readonly budgetMs: number
}

/** A folder, or what a branch changed: sampled and reported by itself. */
export interface Scope {
  readonly name: string
  readonly files: readonly ScopedFile[]
}

export interface Outcome {
  readonly scopes: readonly ScopeResult[]
  /** Test files that fail without any mutant, and so decide nothing. */
  readonly unfit: readonly Reach[]
}

/**
 * Tests a sample of each scope's mutants, all in one copy of the project, so that the tests run only once without a
 * mutant. What the journal knows already is not tested again.
 */
export async function mutate(scopes: readonly Scope[], options: MutateOptions): Promise<Outcome> {
  const files = scopes.flatMap((scope) => scope.files)
  const samples = await Promise.all(scopes.map((scope) => sampleScope(scope, options.sample)))
  const sampled = new Set(samples.flatMap(({ sample }) => sample.map(keyOf)))
  const journalFile = join(options.stateFolder, 'journal.jsonl')
  const reachFile = reachFileOf(files, options.stateFolder)
  const known = knownVerdicts(readJournal(journalFile), options)
  mkdirSync(options.stateFolder, { recursive: true })
  if ([...sampled].some((key) => !known.has(key))) {
    const decided = (mutant: FoundMutant) => (sampled.has(keyOf(mutant)) ? known.get(keyOf(mutant)) : 'Ignored')
    const report = incrementalReport(
      samples.flatMap(({ all }) => all),
      decided,
    )
    await runStryker(files, report, { journalFile, reachFile }, options)
  }
  const verdicts = knownVerdicts(readJournal(journalFile), options)
  return {
    scopes: samples.map(({ name, all, sample }) => ({ name, all, tested: testedOf(sample, verdicts) })),
    unfit: readReach(reachFile).filter((reach) => reach.unfit !== undefined),
  }
}

async function sampleScope({ name, files }: Scope, { size, seed }: MutateOptions['sample']) {
  const all = await mutantsOf(files)
  const candidates = all.filter(({ equivalent }) => equivalent === undefined)
  return { name, all, sample: sampleOf(candidates, size, seed) }
}

function testedOf(sample: readonly FoundMutant[], verdicts: ReadonlyMap<string, Verdict>): readonly TestedMutant[] {
  return sample.flatMap((mutant) => {
    const verdict = verdicts.get(keyOf(mutant))
    return verdict === undefined ? [] : [{ ...mutant, verdict }]
  })
}

/** Stryker's ids of mutants hold for the same lines of the same files. */
function reachFileOf(files: readonly ScopedFile[], stateFolder: string): string {
  const sources = digestOfFiles(files.map(({ file }) => file))
  const name = createHash('sha256')
    .update(JSON.stringify([files, sources]))
    .digest('hex')
    .slice(0, 16)
  return join(stateFolder, `reach-${name}.json`)
}

/** The verdicts of the journal that hold for the files as they are now. */
function knownVerdicts(
  journal: ReadonlyMap<string, Entry>,
  { projectFolder, testFiles }: MutateOptions,
): ReadonlyMap<string, Verdict> {
  const suite = digestOfFiles(testFiles)
  const sources = new Map<string, string>()
  const sourceDigest = (file: string) => {
    const digest = sources.get(file) ?? digestOfFiles([join(projectFolder, file)])
    sources.set(file, digest)
    return digest
  }
  const holding = [...journal.values()].filter((entry) => {
    const [file] = JSON.parse(entry.key) as [string]
    return stillHolds(entry, sourceDigest(file)) && (isNoticed(entry) || entry.suite === suite)
  })
  return new Map(holding.map(({ key, verdict }) => [key, verdict]))
}

async function runStryker(
  files: readonly ScopedFile[],
  known: ReturnType<typeof incrementalReport>,
  state: Pick<RunnerPlan, 'journalFile' | 'reachFile'>,
  { stateFolder, temporaryFolder, projectFolder, testFiles, budgetMs }: MutateOptions,
): Promise<void> {
  const incrementalFile = join(temporaryFolder, 'known.json')
  writeFileSync(incrementalFile, JSON.stringify(known))
  // Tests look for ../shared beside the project.
  const shared = join(projectFolder, '../shared')
  if (existsSync(shared)) symlinkSync(shared, join(temporaryFolder, 'shared'))
  const plan: RunnerPlan = { projectFolder, testFiles, budgetMs, ...state }
  await new Stryker({
    mutate: files.flatMap(patternsOf),
    testRunner: 'test-files',
    plugins: [join(import.meta.dirname, 'test-file-runner.ts')],
    [planOption]: plan,
    // The runner itself records which tests reach a mutant, in worker threads and child processes too.
    coverageAnalysis: 'off',
    concurrency: 2,
    incremental: true,
    incrementalFile,
    reporters: ['html', 'progress-append-only'],
    htmlReporter: { fileName: join(stateFolder, 'mutation.html') },
    tempDirName: temporaryFolder,
    cleanTempDir: 'always',
    disableTypeChecks: false,
    ignorePatterns: ['coverage', '.cache'],
    // The runner has its own time-outs.
    timeoutMS: 3_600_000,
    dryRunTimeoutMinutes: 120,
    warnings: { unknownOptions: false },
    logLevel: 'warn',
  } as never).runMutationTest()
}

/**
 * Stryker takes the verdicts of its incremental report as they are, so the report names every mutant that is not to
 * be tested: those outside the sample, and those of the journal.
 */
function incrementalReport(
  all: readonly FoundMutant[],
  decided: (mutant: FoundMutant) => Verdict | 'Ignored' | undefined,
) {
  const byFile = Map.groupBy(
    all.flatMap((mutant) => {
      const status = mutant.equivalent === undefined ? decided(mutant) : undefined
      return status === undefined ? [] : [{ ...mutant, status }]
    }),
    ({ fileName }) => fileName,
  )
  const files = [...byFile].map(([file, mutants]) => {
    const language = 'typescript'
    return [file, { language, source: readFileSync(file, 'utf8'), mutants }] as const
  })
  return { schemaVersion: '2', thresholds: { high: 85, low: 75 }, files: Object.fromEntries(files) }
}
