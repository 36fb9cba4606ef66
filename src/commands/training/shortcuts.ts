import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import type { CommandOutput } from '../command-output.ts'
import type { EvaluationOptions } from './evaluation-options.ts'
import { trainingRun } from './training-run.ts'

export function addShortcuts(evaluation: Command, run: RunCommand): void {
  evaluation
    .command('shortcuts')
    .description('measure what the model predicts with hidden lungs, and where its evidence lies')
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<EvaluationOptions>()
      return run(options, (output) => shortcuts(options, output))
    })
}

/** Measures what the model predicts with hidden lungs. */
async function shortcuts(options: EvaluationOptions, output: CommandOutput): Promise<boolean> {
  const { measureShortcuts } = await import('../../training/evaluation/shortcuts.ts')
  const result = await measureShortcuts({ ...options, dataDir: options.data, ...trainingRun(output) })
  output.result({ ...result }, JSON.stringify(result, null, 2))
  return true
}
