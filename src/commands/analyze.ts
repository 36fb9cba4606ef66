import type { Command } from 'commander'
import type { RunCommand } from './command-line.ts'
import { type JsonOption, type ModelOptions, jsonOption, modelOption, providerOption } from './command-options.ts'
import type { CommandOutput } from './command-output.ts'

interface AnalyzeOptions extends JsonOption, ModelOptions {
  out: string
}

export function addAnalyze(program: Command, run: RunCommand): void {
  program
    .command('analyze <paths...>')
    .description(
      'DICOM (or PNG/JPEG, for research) files in; sr.dcm, sc.dcm, fhir.json and overlay.png out; no server needed',
    )
    .requiredOption('--out <dir>', 'folder for the results, one folder an image')
    .addOption(modelOption)
    .addOption(providerOption)
    .addOption(jsonOption)
    .action((paths: string[], options: AnalyzeOptions) => run(options, (output) => analyze(paths, options, output)))
}

/** Files in, results out, no server. */
async function analyze(paths: readonly string[], options: AnalyzeOptions, output: CommandOutput): Promise<boolean> {
  const [{ withLocalTriage }, { analyzeFiles }] = await Promise.all([
    import('./local-triage.ts'),
    import('./analyze-files.ts'),
  ])
  return withLocalTriage(options, output, (triage) => analyzeFiles(paths, options.out, triage, output))
}
