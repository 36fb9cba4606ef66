import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { modelLineage } from '../classify/model-name.ts'
import type { ImageArchive } from '../intake/archive.ts'
import { readImageHeader } from '../intake/image-header.ts'
import type { StudyRef } from '../intake/study.ts'
import { openSharedQueue } from '../service/cluster/open-shared-queue.ts'
import { openTriage } from '../analyse/open-triage.ts'
import { systemClock } from '../clock.ts'
import { type ResultKeeper, type StudyOutcome, keepsNothing, triageStudy } from '../pipeline.ts'
import { parseDicomFile } from '../dicom/dicom-file.ts'
import { createLog } from '../log.ts'
import { runQueue } from '../service/queue/run-queue.ts'
import { idleMs, leaseMs, renewEveryMs } from '../service/queue/intervals.ts'
import { withoutServers } from '../settings/settings.ts'
import { notAnalysed } from './errors.ts'
import { type FromWorker, type Preparation, toWorker } from './worker-messages.ts'

// A worker of `benchmark --workers`: `lung-triage work` with images in memory and without delivery.

const warmUps = 5
const graceMs = 60_000

let worker: Worker | undefined
process.on('message', (received) => void obey(received))
// The measuring process has exited.
process.once('disconnect', () => process.exit())

async function obey(received: unknown): Promise<void> {
  const message = toWorker.parse(received)
  if (message.kind === 'prepare') {
    worker = await prepare(message)
    answer({ kind: 'ready' })
  } else if (message.kind === 'begin') {
    worker?.begin()
  } else {
    answer({ kind: 'ended', studies: (await worker?.end()) ?? 0 })
  }
}

function answer(message: FromWorker): void {
  process.send!(message)
}

interface Worker {
  begin(): void
  end(): Promise<number>
}

async function prepare({ redisUrl, secret, modelDir, studiesDir }: Preparation): Promise<Worker> {
  const settings = withoutServers({ Model: modelDir, Engine: { Provider: 'cpu' }, Queue: { Concurrency: 1 } })
  const shared = await openSharedQueue({ redisUrl, secret, leaseMs }, undefined)
  const triage = await openTriage(settings, 1)
  const { model } = triage.analyser
  const lineage = modelLineage(triage.folder.manifest)
  const { archive, studies } = await studiesInMemory(studiesDir)
  const workOn = async (study: StudyRef, keeper: ResultKeeper): Promise<StudyOutcome> => {
    const outcome = await triageStudy(study, {
      ...triage,
      ...{ archive, keeper },
      requireStandingModel: () => shared.retractions.requireStanding(lineage),
    })
    if (outcome.kind !== 'reported' || outcome.prediction.kind !== 'analysed') throw notAnalysed()
    return outcome
  }
  for (let run = 0; run < warmUps; run++) await workOn(studies[run % studies.length]!, keepsNothing)
  let taken = 0
  const start = () =>
    runQueue({
      ...{ queue: shared.queue, reporter: shared.reporter, clock: systemClock, random: Math.random },
      ...{ renewEveryMs, idleMs, concurrency: 1, maxAttempts: () => 1 },
      log: createLog({ level: 'info', studyKey: (uid) => uid }),
      mayTake: () => shared.checkCoordinatorModel(model),
      triage: (study) => {
        taken++
        return workOn(study, shared.keeperOf(study))
      },
    })
  let working: ReturnType<typeof start> | undefined
  return {
    begin: () => {
      working = start()
    },
    end: async () => {
      await working?.stop(graceMs)
      return taken
    },
  }
}

/** An archive in memory with the one-image studies of a folder. */
async function studiesInMemory(dir: string): Promise<{ archive: ImageArchive; studies: readonly StudyRef[] }> {
  const images = new Map(
    await Promise.all(
      (await readdir(dir)).map(async (file) => {
        const bytes = new Uint8Array(await readFile(join(dir, file)))
        const { dataset } = parseDicomFile(bytes)
        return [readImageHeader(dataset).studyInstanceUid, { bytes, dataset }] as const
      }),
    ),
  )
  const imageOf = ({ studyInstanceUid }: StudyRef) => images.get(studyInstanceUid)!
  return {
    archive: {
      listImages: (study) => Promise.resolve([imageOf(study).dataset]),
      readHeader: (study) => Promise.resolve(imageOf(study).dataset),
      // The reader takes ownership of the buffer.
      fetchImage: (image) => Promise.resolve(new Uint8Array(imageOf(image).bytes)),
      fetchUncompressed: () => Promise.resolve(undefined),
    },
    studies: [...images.keys()].map((studyInstanceUid) => ({ studyInstanceUid })),
  }
}
