import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import type { CommandOutput } from '../command-output.ts'
import type { EvaluationOptions } from './evaluation-options.ts'
import { trainingRun } from './training-run.ts'

export function addOutOfDomain(evaluation: Command, run: RunCommand): void {
  evaluation
    .command('out-of-domain')
    .description('measure the model on adult chests, other body parts and noise')
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<EvaluationOptions>()
      return run(options, (output) => outOfDomain(options, output))
    })
}

/** Measures the model on images outside its intended use. */
async function outOfDomain(options: EvaluationOptions, output: CommandOutput): Promise<boolean> {
  const { measureOutOfDomain } = await import('../../training/evaluation/out-of-domain.ts')
  const result = await measureOutOfDomain({ ...options, dataDir: options.data, ...trainingRun(output) })
  output.result({ ...result }, JSON.stringify(result, null, 2))
  return true
}
