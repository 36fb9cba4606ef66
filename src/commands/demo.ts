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
    .command('demo [images...]')
    .description('everything on one machine: Orthanc, the service, a viewer, and studies sent through')
    .option('--exit-when-done', 'stop everything when each study has its results; fail if one has not')
    .option('--synthetic', 'use radiographs synthesised from the lung atlas even where real ones are at hand')
    .addOption(jsonOption)
    .action((images: string[], options: DemoOptions) => run(options, (output) => demo(images, options, output)))
}

/** Everything on one machine. */
async function demo(
  images: readonly string[],
  { exitWhenDone, synthetic }: DemoOptions,
  output: CommandOutput,
): Promise<boolean> {
  const { runDemo } = await import('../demo/demo.ts')
  return runDemo({ images, exitWhenDone: exitWhenDone === true, synthetic: synthetic === true }, output)
}
