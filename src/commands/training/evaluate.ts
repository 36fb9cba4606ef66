import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { engineProviders } from '../../classify/engine.ts'
import type { Evaluation } from '../../training/evaluation/evaluate.ts'
import type { RunCommand } from '../command-line.ts'
import { jsonOption, modelOption } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { addEvaluateLungs } from './evaluate-lungs.ts'
import type { EvaluationOptions } from './evaluation-options.ts'
import { addOutOfDomain } from './out-of-domain.ts'
import { addRouteGap } from './route-gap.ts'
import { addShortcuts } from './shortcuts.ts'
import { dataOption } from './training-options.ts'
import { trainingRun } from './training-run.ts'

/** `evaluate`, and `evaluate …` with its options. */
export function addEvaluate(program: Command, run: RunCommand): void {
  const evaluation = program
    .command('evaluate')
    .description('measure a released model')
    .addOption(dataOption)
    .addOption(modelOption)
    .addOption(
      new Option('--split <name>', 'split of the data').choices(['train', 'validation', 'test']).default('validation'),
    )
    .addOption(
      new Option('--provider <name>', 'execution provider that runs the network')
        .choices(engineProviders)
        .default('cpu'),
    )
    .option('--out <dir>', 'folder for an HTML report, figures and the probabilities of every image')
    .option('--record', "write the numbers into the model's manifest, and those of the test split into the ledger")
    .addOption(jsonOption)
    .action((options: EvaluationOptions) => run(options, (output) => evaluateModel(options, output)))
  addRouteGap(evaluation, run)
  addShortcuts(evaluation, run)
  addOutOfDomain(evaluation, run)
  addEvaluateLungs(evaluation, run)
}

/** Measures a model; with `--record` the numbers go into the manifest, and those of the test split into the ledger. */
async function evaluateModel(options: EvaluationOptions, output: CommandOutput): Promise<boolean> {
  const { evaluate } = await import('../../training/evaluation/evaluate.ts')
  const { evaluation, cases } = await evaluate({ ...options, dataDir: options.data, ...trainingRun(output) })
  if (options.out !== undefined) {
    const { writeReport } = await import('../../training/evaluation/report/write-report.ts')
    await writeReport(options.out, evaluation, cases)
  }
  if (options.record === true) await record(options.model, evaluation)
  output.result({ ...evaluation }, JSON.stringify(evaluation, null, 2))
  return true
}

async function record(model: string, evaluation: Evaluation): Promise<void> {
  const [{ modelDir }, { recordEvaluation }] = await Promise.all([
    import('../../analyse/model-folder.ts'),
    import('../../training/release/record-evaluation.ts'),
  ])
  const dir = modelDir(model)
  const date = new Date().toISOString().slice(0, 10)
  await recordEvaluation(dir, resolve(dir, '../../test-ledger.jsonl'), evaluation, date)
}
