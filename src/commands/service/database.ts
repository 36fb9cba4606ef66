import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { type JsonOption, jsonOption, wholeNumber } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'

interface RollbackOptions extends JsonOption {
  to: number
}

export function addDatabase(program: Command, run: RunCommand): void {
  program
    .command('database')
    .description('the state of a service that does not run')
    .command('rollback <file>')
    .description('store.sqlite or queue.sqlite back to the schema of an older version, after a copy of it was kept')
    .requiredOption(
      '--to <schema>',
      'number of the schema, which the older version names when it refuses to start',
      wholeNumber,
    )
    .addOption(jsonOption)
    .action((file: string, options: RollbackOptions) => run(options, (output) => rollBackTo(file, options.to, output)))
}

/** Brings a database back to the schema of an older version. */
async function rollBackTo(path: string, to: number, output: CommandOutput): Promise<boolean> {
  const { rollBack } = await import('../../service/store/sqlite/database.ts')
  const { from, copy } = rollBack(path, to)
  output.result({ path, from, to, copy }, `${path} went back from schema ${from} to ${to}. A copy of before: ${copy}`)
  return true
}
