import type { Command } from 'commander'
import { localDay } from '../../clock.ts'
import type { OpenService } from '../../service/app/open-service.ts'
import type { RunCommand } from '../command-line.ts'
import { type JsonOption, jsonOption } from '../command-options.ts'
import type { CommandOutput } from '../command-output.ts'
import { type StopOn, stopSignal, untilAborted } from '../stop-signal.ts'
import type { SettingsSource } from './settings-source.ts'

interface ServeOptions extends JsonOption {
  orthancConfig?: string
  orthancPlugin?: string
  untilStdinCloses?: true
}

export function addServe(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .description('run the service with the settings in the Orthanc configuration')
    .option('--orthanc-config <path>', "Orthanc's configuration file or folder, with a LungTriage section")
    .option('--orthanc-plugin <url>', 'root URL of an Orthanc whose Lung Triage plugin provides that section')
    .option('--until-stdin-closes', 'stop when standard input closes, for example when the parent program ends')
    .addOption(jsonOption)
    .action((options: ServeOptions, command: Command) => {
      const source = settingsSource(options, command)
      const stopOn = options.untilStdinCloses === true ? 'signal-or-end-of-stdin' : 'signal'
      return run(options, (output) => serve(source, stopOn, output))
    })
}

function settingsSource({ orthancConfig: path, orthancPlugin: url }: ServeOptions, command: Command): SettingsSource {
  if (path !== undefined && url === undefined) return { kind: 'files', path }
  if (url !== undefined && path === undefined) return { kind: 'plugin', url }
  return command.error('error: give either --orthanc-config or --orthanc-plugin')
}

/**
 * Runs until SIGINT or SIGTERM, or, if requested, until standard input closes.
 * @returns true, also when stopped while waiting for Orthanc
 */
async function serve(source: SettingsSource, stopOn: StopOn, output: CommandOutput): Promise<boolean> {
  const stopping = stopSignal(stopOn)
  const [{ followSource, settingsFrom }, { trustSettings }, { openService }] = await Promise.all([
    import('./settings-source.ts'),
    import('../../settings/derived/trust-settings.ts'),
    import('../../service/app/open-service.ts'),
  ])
  const read = await settingsFrom(source, stopping, output)
  if (read === undefined) return true
  await trustSettings(read.settings)
  const service = await openService(read, process.env['LUNG_TRIAGE_VIEWER_URL'])
  const stopFollowing = await followSource(source, (reading) => service.reload(reading))
  // Once it is ready, a service manager may send SIGHUP, which would end a process that does not handle it yet.
  reportReady(service, output)
  try {
    await Promise.race([untilAborted(stopping), service.replaced])
  } finally {
    await stopFollowing()
    await service.stop()
  }
  return true
}

function reportReady({ url, loginUrl, retraction }: OpenService, output: CommandOutput): void {
  output.result(
    { event: 'ready', url, loginUrl },
    `Lung Triage is ready. Not for diagnostic use.\nStatus page: ${loginUrl}`,
  )
  if (retraction === undefined) return
  const { model, at } = retraction
  output.progress(
    `WARNING: the model ${model} was retracted on ${localDay(at)}. NOTHING IS ANALYSED. Set another LungTriage.Model.`,
  )
}
