import type { Command } from 'commander'
import type { RunCommand } from './command-line.ts'
import { type JsonOption, jsonOption } from './command-options.ts'
import type { CommandOutput } from './command-output.ts'

interface DemoOptions extends JsonOption {
  exitWhenDone?: true
  synthetic?: true
}

export function addDemo(program: Command, run: RunCommand): void {
  program
    .command('demo')
    .description('run Orthanc, the service and a viewer on this machine, and send studies through them')
    .argument('[images...]', 'DICOM, PNG or JPEG files; by default twelve radiographs')
    .option('--exit-when-done', 'stop when every study has its results; fail if a study has none')
    .option('--synthetic', 'use synthetic radiographs from the lung atlas even if real ones are available')
    .addOption(jsonOption)
    .action((images: string[], options: DemoOptions) => run(options, (output) => demo(images, options, output)))
}

/** Runs Orthanc, the service and a viewer on this machine. */
async function demo(
  images: readonly string[],
  { exitWhenDone, synthetic }: DemoOptions,
  output: CommandOutput,
): Promise<boolean> {
  const { runDemo } = await import('../demo/demo.ts')
  return runDemo({ images, exitWhenDone: exitWhenDone === true, synthetic: synthetic === true }, output)
}
