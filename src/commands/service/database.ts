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
    .description('maintain the database files of a stopped service')
    .command('rollback <file>')
    .description('convert store.sqlite or queue.sqlite to the schema of an older version; keeps a copy first')
    .requiredOption(
      '--to <schema>',
      'schema number, as reported by the older version when it refuses to start',
      wholeNumber,
    )
    .addOption(jsonOption)
    .action((file: string, options: RollbackOptions) => run(options, (output) => rollBackTo(file, options.to, output)))
}

/** Rolls a database back to the schema of an older version. */
async function rollBackTo(path: string, to: number, output: CommandOutput): Promise<boolean> {
  const { rollBack } = await import('../../service/store/sqlite/database.ts')
  const { from, copy } = rollBack(path, to)
  output.result(
    { path, from, to, copy },
    `${path}: rolled back from schema ${from} to ${to}. Copy of the original: ${copy}`,
  )
  return true
}
