import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

/** The first failure of a mocha run, or how it ended without one. */
export type TestRun =
  | { readonly outcome: 'passed'; readonly ms: number }
  | { readonly outcome: 'failed'; readonly file: string | undefined; readonly message: string; readonly ms: number }
  | { readonly outcome: 'timeout'; readonly ms: number }

interface MochaReport {
  readonly failures: readonly {
    readonly file?: string
    readonly fullTitle: string
    readonly err: { message?: string }
  }[]
}

export interface TestProcess {
  /** Folder of the instrumented copy of the project. */
  readonly cwd: string
  readonly timeoutMs: number
  /** Added to the environment. Worker threads and child processes inherit it. */
  readonly env: Readonly<Record<string, string>>
}

/** Of a single test. Instrumented code is slow, and two processes share the machine. */
const limit = ['--timeout', '60000']

const mochaProgram = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'))

/**
 * Runs test files in one mocha process that ends at the first failure, or is killed with its children at the
 * time-out.
 */
export async function runTestFiles(files: readonly string[], { cwd, timeoutMs, env }: TestProcess): Promise<TestRun> {
  const output = join(tmpdir(), `mutate-${randomUUID()}.json`)
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${output}`]
  const mocha = [mochaProgram, '--exit', '--bail', ...limit, ...reporter, ...files]
  const start = performance.now()
  // Its own process group, so that the children of a hanging test end with it.
  const child = spawn(process.execPath, mocha, {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'ignore',
    detached: true,
  })
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('exit', resolve).once('error', reject)
  const timeout = AbortSignal.timeout(timeoutMs)
  const endLate = () => {
    endGroup(child.pid)
  }
  timeout.addEventListener('abort', endLate)
  try {
    const status = await promise
    endGroup(child.pid)
    const ms = performance.now() - start
    if (timeout.aborted) return { outcome: 'timeout', ms }
    return status === 0 ? { outcome: 'passed', ms } : { outcome: 'failed', ...firstFailure(output), ms }
  } finally {
    timeout.removeEventListener('abort', endLate)
    rmSync(output, { force: true })
  }
}

/** A file that fails while it is loaded leaves no report. */
function firstFailure(output: string): { file: string | undefined; message: string } {
  if (!existsSync(output)) return { file: undefined, message: 'mocha ended without a report' }
  const { failures } = JSON.parse(readFileSync(output, 'utf8')) as MochaReport
  const [failure] = failures
  if (failure === undefined) return { file: undefined, message: 'mocha ended with an error after the last test' }
  return { file: failure.file, message: `${failure.fullTitle}: ${failure.err.message ?? ''}` }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
