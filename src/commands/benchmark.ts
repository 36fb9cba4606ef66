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
    .description('measure the speed of each step and of the whole analysis')
    .option('--repeats <n>', 'measured runs of each step', wholeNumber, 20)
    .option('--orthanc', 'also measure with a real Orthanc and the service as a separate process')
    .option('--workers', "also compare two workers with one, on Debian's Redis, one processor each")
    .option('--peer', 'also compare with the same work in Python (install it with npm run peer:install)')
    .option(
      '--soak <studies>',
      'also measure the memory of the service while this many studies pass through Orthanc (6 MB of disk each)',
      wholeNumber,
    )
    .option('--scale', 'also measure the bookkeeping for a study as the worklist grows')
    .addOption(modelOption)
    .addOption(providerOption)
    .addOption(jsonOption)
    .action((options: BenchmarkOptions) => run(options, (output) => benchmark(options, output)))
}

/** Measures each step and the whole analysis on synthetic radiographs. */
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
