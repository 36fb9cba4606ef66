import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Mutant as StrykerMutant, StrykerOptions } from '@stryker-mutator/api/core'
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin'
import {
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner'
import { addToJournal, digestOfFiles, type Entry, keyOf, readJournal, stillHolds, type Verdict } from './journal.ts'
import { nearestFirst, type Reach, reachOf, readReach } from './reach.ts'
import { runTestFiles, type TestRun } from './run-test-files.ts'

/** What the command tells the runner. Stryker starts each runner in a process of its own. */
export interface RunnerPlan {
  readonly projectFolder: string
  readonly testFiles: readonly string[]
  readonly reachFile: string
  readonly journalFile: string
  /** A mutant meets the nearest test files that together last at most this long. */
  readonly budgetMs: number
}

/** The option of Stryker that holds the plan. */
export const planOption = 'testFileRunner'

/** A mutant is a time-out after this many times the duration without it, and this much more for a busy machine. */
const timeoutFactor = 4
const timeoutExtraMs = 20_000

/**
 * Runs whole test files in processes of their own, with the mutant active from the start. Worker threads and child
 * processes inherit the environment variable in which the instrumented code looks for the active mutant, so mistakes
 * in their code are seen too. Which test files reach a mutant is recorded in the same way; see record-hits.js.
 */
class TestFileRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options)

  readonly #plan: RunnerPlan

  constructor(options: StrykerOptions) {
    this.#plan = options[planOption] as RunnerPlan
  }

  capabilities() {
    return { reloadEnvironment: true }
  }

  async dryRun(): Promise<DryRunResult> {
    const { testFiles, reachFile } = this.#plan
    const known = readReach(reachFile)
    const pending = [...testFiles]
    const reach: Reach[] = []
    const runPending = async () => {
      for (let file = pending.shift(); file !== undefined; file = pending.shift()) {
        const digest = digestOfFiles([file])
        // A file that failed is tried again: perhaps the machine was busy.
        const before = known.find((one) => one.file === file && one.digest === digest && one.unfit === undefined)
        reach.push(before ?? (await reachOf(file, digest, process.cwd())))
        // Written each time, so that an interrupted run goes on where it ended.
        writeFileSync(reachFile, JSON.stringify(reach))
      }
    }
    // Two at a time, as Stryker runs the mutants.
    await Promise.all([runPending(), runPending()])
    return { status: DryRunStatus.Complete, tests: reach.map(asTest) }
  }

  async mutantRun({ activeMutant }: MutantRunOptions): Promise<MutantRunResult> {
    const { projectFolder, reachFile, journalFile, budgetMs, testFiles } = this.#plan
    const fileName = relative(projectFolder, activeMutant.fileName)
    const key = keyOf({ ...activeMutant, fileName, location: countedFromOne(activeMutant.location) })
    const source = digestOfFiles([join(projectFolder, fileName)])
    const covering = readReach(reachFile).filter(({ mutants }) => mutants.includes(activeMutant.id))
    const reach = nearestFirst(covering, fileName, budgetMs)
    const before = readJournal(journalFile).get(key)
    const run = survivedBefore(before, source, reach) ? 'survived before' : await runWithMutant(reach, activeMutant)
    const tests = decisiveTests(run, reach)
    const suite = digestOfFiles(testFiles)
    addToJournal(journalFile, {
      key,
      verdict: verdictOf(run),
      source,
      tests,
      testsDigest: digestOfFiles(tests),
      suite,
    })
    return resultOf(run, tests)
  }
}

/** True if the mutant survived the same tests before: only other tests are new. */
function survivedBefore(before: Entry | undefined, source: string, reach: readonly Reach[]): boolean {
  if (before?.verdict !== 'Survived' || !stillHolds(before, source)) return false
  return before.tests.length === reach.length && reach.every(({ file }) => before.tests.includes(file))
}

function asTest({ file, ms }: Reach): TestResult {
  return { id: file, name: file, timeSpentMs: ms, status: TestStatus.Success }
}

/** How the tests ended with a mutant. */
type MutantRun = TestRun | 'survived before' | 'no test reaches it'

async function runWithMutant(reach: readonly Reach[], { id }: StrykerMutant): Promise<MutantRun> {
  if (reach.length === 0) return 'no test reaches it'
  const files = reach.map(({ file }) => file)
  const durationMs = reach.reduce((sum, { ms }) => sum + ms, 0)
  return runTestFiles(files, {
    cwd: process.cwd(),
    timeoutMs: durationMs * timeoutFactor + timeoutExtraMs,
    env: { __STRYKER_ACTIVE_MUTANT__: id },
  })
}

/** The test file that failed, or all that were run. */
function decisiveTests(run: MutantRun, reach: readonly Reach[]): readonly string[] {
  const killer = typeof run === 'object' && run.outcome === 'failed' ? run.file : undefined
  return killer === undefined ? reach.map(({ file }) => file) : [relative(process.cwd(), killer)]
}

function verdictOf(run: MutantRun): Verdict {
  if (run === 'survived before') return 'Survived'
  if (run === 'no test reaches it') return 'NoCoverage'
  return ({ passed: 'Survived', failed: 'Killed', timeout: 'Timeout' } as const)[run.outcome]
}

function resultOf(run: MutantRun, tests: readonly string[]): MutantRunResult {
  if (typeof run === 'string' || run.outcome === 'passed') {
    return { status: MutantRunStatus.Survived, nrOfTests: tests.length }
  }
  if (run.outcome === 'timeout') return { status: MutantRunStatus.Timeout }
  const failureMessage = run.message
  return { status: MutantRunStatus.Killed, killedBy: [...tests], failureMessage, nrOfTests: tests.length }
}

/** Stryker counts lines and columns from 0 here, and from 1 in its reports. */
function countedFromOne({ start, end }: StrykerMutant['location']): StrykerMutant['location'] {
  const fromOne = ({ line, column }: typeof start) => ({ line: line + 1, column: column + 1 })
  return { start: fromOne(start), end: fromOne(end) }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'test-files', TestFileRunner)]
