import { allCommands } from '../../src/commands/all-commands.ts'
import { runCommandLine } from '../../src/commands/command-line.ts'

export interface CommandEnd {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the command line in this process, because starting another takes most of a command's time. `cli.test.ts` and
 * `loaded-packages.test.ts` start commands as processes, as a person does.
 */
export async function commandInProcess(...args: readonly string[]): Promise<CommandEnd> {
  const written = { stdout: '', stderr: '' }
  const { stdout, stderr } = process
  const into = (name: keyof typeof written) => (chunk: string | Uint8Array) => {
    written[name] += Buffer.from(chunk).toString()
    return true
  }
  stdout.write = into('stdout')
  stderr.write = into('stderr')
  try {
    const code = await runCommandLine(allCommands, [process.execPath, 'src/cli.ts', ...args])
    return { code, ...written }
  } finally {
    // The streams' own methods are inherited.
    for (const stream of [stdout, stderr]) Reflect.deleteProperty(stream, 'write')
  }
}
