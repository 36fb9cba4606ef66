import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { runChaos } from './chaos.ts'
import type { QueueKind } from './hospital.ts'
import { problemsOf, resultTable } from './result-table.ts'

// `npm run chaos`: sends studies through a hospital whose parts are repeatedly killed, stopped and cut off.

const options = new Command()
  .description(
    'Sends studies while the service, Orthanc, Redis, the FHIR server and the network fail. Counts the results.',
  )
  .option('--studies <count>', 'number of studies', '500')
  .option('--storm <seconds>', 'how long failures last (default: 2 s per study, at least 30)')
  .option('--seed <number>', 'seed of the failure schedule', '1')
  .addOption(
    new Option('--queue <kind>', 'sqlite: the service alone; redis: with a worker')
      .choices(['sqlite', 'redis'])
      .default('sqlite'),
  )
  .parse()
  .opts<{ studies: string; storm?: string; seed: string; queue: QueueKind }>()

const studyCount = Number(options.studies)
const stormSeconds = options.storm === undefined ? Math.max(30, 2 * studyCount) : Number(options.storm)
const dir = await mkdtemp(join(tmpdir(), 'lung-triage-chaos-'))
const progress = (text: string) => process.stderr.write(`${text}\n`)

// Servers and disk are given back at the exit.
process.once('SIGINT', () => process.exit(130))

try {
  const result = await runChaos({
    ...{ dir, studyCount, progress, queueKind: options.queue, seed: Number(options.seed) },
    stormMs: stormSeconds * 1000,
  })
  process.stdout.write(`${resultTable(result)}\n`)
  if (problemsOf(result).length > 0) process.exitCode = 1
} catch (error) {
  progress(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
if (process.exitCode === 1) progress(`Logs and state are in ${dir}. Seed ${options.seed} repeats the schedule.`)
else await rm(dir, { recursive: true })
