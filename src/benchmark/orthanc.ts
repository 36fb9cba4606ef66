import { performance } from 'node:perf_hooks'
import { sendStudies } from '../demo/send-studies.ts'
import type { DemoStudy } from '../demo/sources.ts'
import { type DemoStack, startStack } from '../demo/stack.ts'
import { ChangeWatch, type Report } from './change-watch.ts'
import { sampleMemory } from './process-memory.ts'
import { type StepSpeed, round, speedOf } from './speed.ts'

/** End-to-end times through a real Orthanc and the service as a separate process, on this machine. */
export interface OrthancSpeed {
  /** From Orthanc's StableStudy event to the stored Structured Report, one study at a time. */
  readonly fromStable: StepSpeed
  /** From the last image received to the stored report. Includes Orthanc's StableAge of one second. */
  readonly fromLastInstance: StepSpeed
  /** With many studies queued; Orthanc, the service and this program share the machine. */
  readonly studiesPerSecond: number
  /** Peak memory of the service. */
  readonly serviceRssMb: number
  /** From the start of the service's process to its ready event. */
  readonly readyMs: number
}

/**
 * @param oneAtATime studies for the latency
 * @param many studies for the throughput
 * @param modelDir model folder of the service
 * @param dir an empty folder
 */
export async function measureThroughOrthanc(
  oneAtATime: readonly DemoStudy[],
  many: readonly DemoStudy[],
  modelDir: string,
  dir: string,
): Promise<OrthancSpeed> {
  const stack = await startStack(dir, { Model: modelDir, Intake: { PollSeconds: 0.2 } })
  try {
    const startMs = performance.now()
    const service = await stack.startService()
    const readyMs = Math.round(performance.now() - startMs)
    const watch = new ChangeWatch(stack.orthancApi)
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
