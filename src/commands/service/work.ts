import type { Command } from 'commander'
import type { RunCommand } from '../command-line.ts'
import { type JsonOption, jsonOption } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { stopSignal, untilAborted } from '../stop-signal.ts'

interface WorkOptions extends JsonOption {
  orthancConfig: string
}

export function addWork(program: Command, run: RunCommand): void {
  program
    .command('work')
    .description('run an additional worker, on this or another machine, for a service with Queue.RedisUrl')
    .requiredOption(
      '--orthanc-config <path>',
      "Orthanc's configuration file or folder, with the same LungTriage section as the service",
    )
    .addOption(jsonOption)
    .action((options: WorkOptions) => run(options, (output) => work(options.orthancConfig, output)))
}

/** Processes studies from the queue of a `serve` process until it is told to stop. */
async function work(configuration: string, output: CommandOutput): Promise<boolean> {
  const [{ followSource }, { requireSettings }, { trustSettings }, { openWorker }] = await Promise.all([
    import('./settings-source.ts'),
    import('../../settings/read-settings.ts'),
    import('../../settings/derived/trust-settings.ts'),
    import('../../service/app/open-worker.ts'),
  ])
  const settings = await requireSettings(configuration, process.env)
  await trustSettings(settings)
  const worker = await openWorker(settings)
  const stopFollowing = await followSource({ kind: 'files', path: configuration }, (reading) => worker.reload(reading))
  const stopping = stopSignal('signal')
  // Once it is ready, a service manager may send signals, which would end a process that does not handle them yet.
  output.result(
    { event: 'ready', ...worker.about },
    `Worker ready. It takes studies from ${worker.about.queue}. Not for diagnostic use.`,
  )
  await untilAborted(stopping)
  await stopFollowing()
  await worker.stop()
  return true
}
