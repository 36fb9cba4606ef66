import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import type { CommandOutput } from '../command-output.ts'
import type { EvaluationOptions } from './evaluation-options.ts'
import { trainingRun } from './training-run.ts'

export function addRouteGap(evaluation: Command, run: RunCommand): void {
  evaluation
    .command('route-gap')
    .description(
      'measure how far the answers differ between the 224x224, original and enlarged images of the same children',
    )
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<EvaluationOptions>()
      return run(options, (output) => routeGap(options, output))
    })
}

/** Compares the validation images at 224x224, in original size and enlarged. */
async function routeGap(options: EvaluationOptions, output: CommandOutput): Promise<boolean> {
  const { measureRouteGap } = await import('../../training/evaluation/route-gap.ts')
  const gap = await measureRouteGap({ ...options, dataDir: options.data, ...trainingRun(output) })
  output.result({ ...gap }, JSON.stringify(gap, null, 2))
  return true
}
