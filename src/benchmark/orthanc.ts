import { readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { sendStudies } from '../demo/send-studies.ts'
import type { DemoStudy } from '../demo/sources.ts'
import { type DemoStack, startStack } from '../demo/stack.ts'
import { exchangeJson } from '../http/exchange.ts'
import { OrthancClient } from '../intake/orthanc-client.ts'
import { type StepSpeed, round, speedOf } from './speed.ts'

/** The whole way through a real Orthanc and the service as a process of its own, on this machine. */
export interface OrthancSpeed {
  /** From Orthanc's word that a study is stable to its Structured Report stored, one study at a time. */
  readonly fromStable: StepSpeed
  /** From the last image received; holds Orthanc's StableAge of a second, which it needs to know that no more images come. */
  readonly fromLastInstance: StepSpeed
  /** Where many studies wait; Orthanc, the service and this program share the machine. */
  readonly studiesPerSecond: number
  /** Most memory that the service held. */
  readonly serviceRssMb: number
  /** From the start of the service's process to its word that it is ready. */
  readonly readyMs: number
}

/**
 * @param oneAtATime studies for the latency
 * @param many studies for the throughput
 * @param dir an empty folder
 */
export async function measureThroughOrthanc(
  oneAtATime: readonly DemoStudy[],
  many: readonly DemoStudy[],
  dir: string,
): Promise<OrthancSpeed> {
  const stack = await startStack(dir, { Intake: { PollSeconds: 0.2 } })
  try {
    const startMs = performance.now()
    const service = await stack.startService()
    const readyMs = Math.round(performance.now() - startMs)
    const watch = new ChangeWatch(stack)
    const memory = sampleMemory(service.pid)
    try {
      const [warmUp, ...measured] = oneAtATime
      await waysOf(stack, watch, [warmUp!])
      const ways = await waysOf(stack, watch, measured)
      await sendStudies(many, stack.orthancApi)
      const storedMs = (await watch.untilReported(many)).map(({ reportedMs }) => reportedMs).sort((a, b) => a - b)
      const [first, last] = [storedMs[0]!, storedMs.at(-1)!]
      return {
        fromStable: speedOf(ways.map(({ stableMs, reportedMs }) => reportedMs - stableMs)),
        fromLastInstance: speedOf(ways.map(({ sentMs, reportedMs }) => reportedMs - sentMs)),
        studiesPerSecond: round((1000 * (storedMs.length - 1)) / (last - first)),
        serviceRssMb: memory.stop(),
        readyMs,
      }
    } finally {
      memory.stop()
      await service.stop()
    }
  } finally {
    await stack.orthanc.stop()
  }
}

interface Way extends Report {
  readonly sentMs: number
}

async function waysOf(stack: DemoStack, watch: ChangeWatch, studies: readonly DemoStudy[]): Promise<Way[]> {
  const ways: Way[] = []
  for (const study of studies) {
    await sendStudies([study], stack.orthancApi)
    const sentMs = performance.now()
    const [report] = await watch.untilReported([study])
    ways.push({ ...report!, sentMs })
  }
  return ways
}

/** When a study was called stable and its report stored, on this program's clock. */
interface Report {
  readonly stableMs: number
  readonly reportedMs: number
}

const pollEveryMs = 15
const seriesAnswer = z.object({ ParentStudy: z.string(), MainDicomTags: z.object({ Modality: z.string() }) })

/** Reads Orthanc's changes often, because their own times have whole seconds only. */
class ChangeWatch {
  readonly #stack: DemoStack
  readonly #client: OrthancClient
  readonly #stableMs = new Map<string, number>()
  readonly #reportedMs = new Map<string, number>()
  #position = 0

  constructor(stack: DemoStack) {
    this.#stack = stack
    this.#client = new OrthancClient(stack.orthancApi)
  }

  async untilReported(studies: readonly DemoStudy[]): Promise<Report[]> {
    const ids = await Promise.all(studies.map((study) => this.#client.lookup('Study', study.studyInstanceUid)))
    const waiting = new Set(ids.flat())
    for (;;) {
      await this.#readChanges()
      if ([...waiting].every((id) => this.#stableMs.has(id) && this.#reportedMs.has(id))) break
      await pause(pollEveryMs)
    }
    return [...waiting].map((id) => ({ stableMs: this.#stableMs.get(id)!, reportedMs: this.#reportedMs.get(id)! }))
  }

  async #readChanges(): Promise<void> {
    const page = await this.#client.changes(this.#position, 1000)
    const nowMs = performance.now()
    this.#position = page.Last
    for (const { ChangeType, ID } of page.Changes) {
      if (ChangeType === 'StableStudy' && !this.#stableMs.has(ID)) this.#stableMs.set(ID, nowMs)
      if (ChangeType === 'NewSeries') await this.#noteReport(ID, nowMs)
    }
  }

  async #noteReport(seriesId: string, nowMs: number): Promise<void> {
    const request = { method: 'GET', path: `/series/${seriesId}`, effect: 'read', maxBytes: 2 ** 20 } as const
    const { ParentStudy, MainDicomTags } = await exchangeJson(this.#stack.orthancApi, request, seriesAnswer)
    if (MainDicomTags.Modality === 'SR') this.#reportedMs.set(ParentStudy, nowMs)
  }
}

/** The most resident memory of a process that was seen, in megabytes. */
function sampleMemory(pid: number): { stop: () => number } {
  let most = 0
  const timer = setInterval(() => {
    void residentMb(pid).then((mb) => (most = Math.max(most, mb)))
  }, 200)
  return {
    stop: () => {
      clearInterval(timer)
      return most
    },
  }
}

/** 0 once the process has ended. */
async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
