import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

export interface ProgramEnd {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Exit code of a shell that does not find a program (POSIX.1-2017, Shell Command Language, 2.8.2). */
export const programNotFound = 127

/**
 * Runs a program from a small shell that stays open. The tests start small programs thousands of times, and forking the
 * large test process takes longer than the programs themselves.
 */
export function runProgram(program: string, args: readonly string[]): Promise<ProgramEnd> {
  const end = lastEnd.then(() => runInShell([program, ...args]))
  lastEnd = end.catch(() => undefined)
  return end
}

/** @throws Error with the standard error of the program if it fails */
export async function requireSuccess(program: string, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram(program, args)
  if (exitCode !== 0) throw new Error(`${program} failed with exit code ${exitCode}: ${stderr}`)
}

let lastEnd: Promise<unknown> = Promise.resolve()
let shell: Shell | undefined

/** A handle that keeps the process running while it is referenced. The types of child pipes lack these methods. */
interface KeepsRunning {
  ref(): void
  unref(): void
}

interface Shell {
  readonly write: (line: string) => void
  readonly nextLine: () => Promise<string>
}

async function runInShell(command: readonly string[]): Promise<ProgramEnd> {
  shell ??= openShell()
  const folder = await mkdtemp(join(tmpdir(), 'lung-triage-program-'))
  try {
    const [stdout, stderr] = [join(folder, 'stdout'), join(folder, 'stderr')]
    shell.write(`${command.map(quoted).join(' ')} </dev/null >${quoted(stdout)} 2>${quoted(stderr)}; echo $?\n`)
    const exitCode = Number(await shell.nextLine())
    return { exitCode, stdout: await readFile(stdout, 'utf8'), stderr: await readFile(stderr, 'utf8') }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** The shell exits when this process does, because its standard input closes. It does not keep this process running. */
function openShell(): Shell {
  const child = spawn('sh', { stdio: ['pipe', 'pipe', 'inherit'] })
  const [stdin, stdout] = [child.stdin as Writable & KeepsRunning, child.stdout as Readable & KeepsRunning]
  const lines = createInterface(stdout)[Symbol.asyncIterator]()
  for (const handle of [child, stdin, stdout]) handle.unref()
  return {
    write: (line) => stdin.write(line),
    nextLine: async () => {
      stdout.ref()
      const { value, done } = await lines.next()
      stdout.unref()
      if (done === true) throw new Error('the shell that runs programs ended')
      return value
    },
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
