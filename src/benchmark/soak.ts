import { performance } from 'node:perf_hooks'
import { sendStudies } from '../demo/send-studies.ts'
import type { DemoStudy } from '../demo/sources.ts'
import { startStack } from '../demo/stack.ts'
import { exchange } from '../clients/http/exchange.ts'
import type { HttpService } from '../clients/http/http-service.ts'
import { OrthancClient } from '../clients/orthanc-client.ts'
import { ChangeWatch } from './change-watch.ts'
import type { BenchmarkPixels } from './image.ts'
import { openFiles, residentMb, sampleMemory } from './process-memory.ts'
import { benchmarkStudy } from './sources.ts'
import { round } from './speed.ts'

/** Memory and open files of the service over many studies. */
export interface SoakSpeed {
  readonly studies: number
  readonly studiesPerSecond: number
  /** Peak memory. */
  readonly mostMb: number
  /** Mean memory after the batches of each tenth of the run: constant if there is no leak. */
  readonly mbByTenth: readonly number[]
  readonly openFilesAtFirst: number
  readonly openFilesAtLast: number
}

/** Studies per batch. */
const batchSize = 40
const tenths = 10

interface Batch {
  readonly mb: number
  readonly openFiles: number
}

/**
 * Sends batches of studies through a real Orthanc and the service as a separate process. Each batch is deleted from
 * Orthanc at its end. The service keeps the results, six megabytes per study in its database.
 * @param modelDir model folder of the service
 * @param dir an empty folder
 */
export async function measureSoak(
  pixels: BenchmarkPixels,
  studies: number,
  modelDir: string,
  dir: string,
): Promise<SoakSpeed> {
  const stack = await startStack(dir, { Model: modelDir, Intake: { PollSeconds: 0.2 } })
  try {
    const service = await stack.startService()
    const watch = new ChangeWatch(stack.orthancApi)
    const memory = sampleMemory(service.pid)
    const batches: Batch[] = []
    const startMs = performance.now()
    try {
      for (let sent = 0; sent < studies; sent += batchSize) {
        const batch = Array.from({ length: Math.min(batchSize, studies - sent) }, (_, index) =>
          benchmarkStudy(pixels, `soak-${sent + index}`),
        )
        await sendStudies(batch, stack.orthancApi)
        await watch.untilReported(batch)
        batches.push({ mb: await residentMb(service.pid), openFiles: await openFiles(service.pid) })
        await forget(batch, stack.orthancApi)
      }
      return {
        studies,
        studiesPerSecond: round((1000 * studies) / (performance.now() - startMs)),
        mostMb: Math.max(memory.stop(), ...batches.map(({ mb }) => mb)),
        mbByTenth: meanByTenth(batches.map(({ mb }) => mb)),
        openFilesAtFirst: batches[0]!.openFiles,
        openFilesAtLast: batches.at(-1)!.openFiles,
      }
    } finally {
      memory.stop()
      await service.stop()
    }
  } finally {
    await stack.orthanc.stop()
  }
}

async function forget(studies: readonly DemoStudy[], orthanc: HttpService): Promise<void> {
  const client = new OrthancClient(orthanc)
  for (const { studyInstanceUid } of studies) {
    for (const id of await client.lookup('Study', studyInstanceUid))
      await exchange(orthanc, { ...deletion, path: `/studies/${id}` })
  }
}

const deletion = { method: 'DELETE', accept: '*/*', effect: 'write', maxBytes: 2 ** 20 } as const

function meanByTenth(values: readonly number[]): number[] {
  const share = Math.min(tenths, values.length)
  return Array.from({ length: share }, (_, tenth) => {
    const part = values.slice(
      Math.floor((tenth * values.length) / share),
      Math.floor(((tenth + 1) * values.length) / share),
    )
    return Math.round(part.reduce((sum, value) => sum + value, 0) / part.length)
  })
}
