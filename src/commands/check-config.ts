import type { Command } from 'commander'
import { systemClock } from '../clock.ts'
import type { RunCommand } from './command-line.ts'
import { type JsonOption, jsonOption } from './command-options.ts'
import type { CommandOutput } from './command-output.ts'

export function addCheckConfig(program: Command, run: RunCommand): void {
  program
    .command('check-config')
    .description('check a configuration: list every problem with the path of its setting')
    .argument('<path>', "Orthanc's configuration file or folder")
    .addOption(jsonOption)
    .action((path: string, options: JsonOption) => run(options, (output) => checkConfig(path, output)))
}

/** Lists all problems at once, including addresses that do not answer. */
async function checkConfig(path: string, output: CommandOutput): Promise<boolean> {
  const { configurationProblems } = await import('../settings/check-configuration.ts')
  const problems = await configurationProblems(path, process.env, systemClock.now())
  for (const problem of problems) output.result({ ...problem }, `${problem.path}: ${problem.message}`)
  if (problems.length === 0) output.progress('The configuration has no problems.')
  return problems.length === 0
}
