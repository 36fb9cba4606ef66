import type { Command } from 'commander'
import type { RunCommand } from './command-line.ts'
import { type JsonOption, type ModelOptions, jsonOption, modelOption, providerOption } from './command-options.ts'
import type { CommandOutput } from './command-output.ts'

interface AnalyzeOptions extends JsonOption, ModelOptions {
  out: string
}

export function addAnalyze(program: Command, run: RunCommand): void {
  program
    .command('analyze')
    .description(
      'analyse DICOM files (PNG/JPEG for research) without a server; write sr.dcm, sc.dcm, fhir.json and overlay.png',
    )
    .argument('<paths...>', 'DICOM, PNG or JPEG files, or folders of them')
    .requiredOption('--out <dir>', 'output folder, with one subfolder per image')
    .addOption(modelOption)
    .addOption(providerOption)
    .addOption(jsonOption)
    .action((paths: string[], options: AnalyzeOptions) => run(options, (output) => analyze(paths, options, output)))
}

/** Analyses files without a server. */
async function analyze(paths: readonly string[], options: AnalyzeOptions, output: CommandOutput): Promise<boolean> {
  const [{ withLocalTriage }, { analyzeFiles }] = await Promise.all([
    import('./local-triage.ts'),
    import('./analyze-files.ts'),
  ])
  return withLocalTriage(options, output, (triage) => analyzeFiles(paths, options.out, triage, output))
}
