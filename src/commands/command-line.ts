import { Command, CommanderError } from 'commander'
import { asTriageError } from '../errors/triage-error.ts'
import { programVersion } from '../version.ts'
import type { JsonOption } from './command-options.ts'
import { type CommandOutput, commandOutput } from './command-output.ts'

/** Exit codes are a contract: 0 done, 1 failed, 2 bad usage. */
const exitCode = { done: 0, failed: 1, badUsage: 2 } as const

/** Runs a command's action with the output format of its options. The action resolves to true on success. */
export type RunCommand = (options: JsonOption, action: (output: CommandOutput) => Promise<boolean>) => Promise<void>

/** Adds a command to the program: name, options and help. Its action imports its dependencies when it is called. */
export type AddCommand = (program: Command, run: RunCommand) => void

/** Runs the command that the arguments name, and returns its exit code. */
export async function runCommandLine(commands: readonly AddCommand[], argv: readonly string[]): Promise<number> {
  let code: number = exitCode.done
  const run: RunCommand = async (options, action) => {
    const output = commandOutput(options.json === true ? 'json' : 'text')
    try {
      if (!(await action(output))) code = exitCode.failed
    } catch (thrown) {
      output.failure(asTriageError(thrown))
      code = exitCode.failed
    }
  }
  try {
    await buildProgram(commands, run).parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCode.done : exitCode.badUsage
  }
  return code
}

function buildProgram(commands: readonly AddCommand[], run: RunCommand): Command {
  const program = new Command('lung-triage')
    .description(
      'Finds pneumonia on chest radiographs of children and writes DICOM and FHIR results. Not for diagnostic use.',
    )
    .version(programVersion(), '--version', 'print the version of this program')
    .exitOverride()
    .showHelpAfterError()
  for (const add of commands) add(program, run)
  // Lets a command have its own --version. Set last: commands that are added later would inherit it, but
  // `evaluate` must pass its options on to its subcommands.
  return program.enablePositionalOptions()
}
