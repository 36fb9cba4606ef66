import type { Command } from 'commander'
import type { RunCommand } from './command-line.ts'
import {
  type JsonOption,
  type ModelOptions,
  jsonOption,
  modelOption,
  providerOption,
  wholeNumber,
} from './command-options.ts'
import type { CommandOutput } from './command-output.ts'

interface BenchmarkOptions extends JsonOption, ModelOptions {
  repeats: number
  orthanc?: true
  workers?: true
  peer?: true
  scale?: true
  soak?: number
}

export function addBenchmark(program: Command, run: RunCommand): void {
  program
    .command('benchmark')
    .description('the speed of each step and of the whole')
    .option('--repeats <n>', 'measured runs of each step', wholeNumber, 20)
    .option('--orthanc', 'also through a real Orthanc, with the service as a process of its own')
    .option('--workers', "also two workers beside one on Debian's Redis, on one processor each")
    .option('--peer', 'also beside the same work in Python (npm run peer:install)')
    .option(
      '--soak <studies>',
      'also what the service holds while so many go through Orthanc (6 MB of disk each)',
      wholeNumber,
    )
    .option('--scale', 'also the bookkeeping for a study, with more and more studies on the list')
    .addOption(modelOption)
    .addOption(providerOption)
    .addOption(jsonOption)
    .action((options: BenchmarkOptions) => run(options, (output) => benchmark(options, output)))
}

/** The speed of each step and of the whole, on synthetic radiographs. */
async function benchmark(options: BenchmarkOptions, output: CommandOutput): Promise<boolean> {
  const [{ withLocalTriage }, { runBenchmark }, { describeBenchmark }] = await Promise.all([
    import('./local-triage.ts'),
    import('../benchmark/benchmark.ts'),
    import('../benchmark/describe.ts'),
  ])
  const { repeats, orthanc = false, workers = false, peer = false, scale = false, soak = 0 } = options
  return withLocalTriage(options, output, async (triage) => {
    const result = await runBenchmark(triage, { repeats, orthanc, workers, peer, scale, soak })
    output.result({ ...result, engine: triage.engine }, describeBenchmark(result))
    return true
  })
}
