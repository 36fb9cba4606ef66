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
  await sayPastStudies(path, output)
  return problems.length === 0
}

/** An archive that does not answer is a problem above. */
async function sayPastStudies(path: string, output: CommandOutput): Promise<void> {
  const [{ readSettings }, { serversOf }, { StudySearch }, { countPastStudies, describePastStudies }] =
    await Promise.all([
      import('../settings/read-settings.ts'),
      import('../clients/servers.ts'),
      import('../intake/study-search.ts'),
      import('../intake/past-studies.ts'),
    ])
  const reading = await readSettings(path, process.env)
  if (reading.kind === 'invalid') return
  const search = new StudySearch(serversOf(reading.settings).dicomWeb)
  const text = describePastStudies(await countPastStudies(search).catch(() => undefined))
  if (text !== undefined) output.progress(text)
}
