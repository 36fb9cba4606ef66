import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import type { CommandOutput } from '../command-output.ts'
import type { EvaluationOptions } from './evaluation-options.ts'
import { defaultAtlas } from './training-options.ts'
import { trainingRun } from './training-run.ts'

interface LungOptions extends EvaluationOptions {
  readonly atlas: string
}

export function addEvaluateLungs(evaluation: Command, run: RunCommand): void {
  evaluation
    .command('lungs')
    .description('measure lung localisation: overlap with drawn lungs, the trust gate, overlay sheets')
    .option(
      '--atlas <name>',
      'lung atlas below models/, or "montgomery" for leave-one-out on the adult pairs',
      defaultAtlas,
    )
    .action((_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<LungOptions>()
      const { out } = options
      if (out === undefined) command.error("error: required option '--out <dir>' not specified")
      return run(options, (output) => evaluateLungs({ ...options, out }, output))
    })
}

/** Measures lung localisation against drawn lungs. */
async function evaluateLungs(
  { data: dataDir, out: outDir, split, atlas }: LungOptions & { readonly out: string },
  output: CommandOutput,
): Promise<boolean> {
  const lungs = await import('../../training/evaluation/lungs/evaluate-lungs.ts')
  const evaluation = await lungs.evaluateLungs({ dataDir, outDir, split, atlas, ...trainingRun(output) })
  output.result({ ...evaluation }, JSON.stringify(evaluation, null, 2))
  return true
}
