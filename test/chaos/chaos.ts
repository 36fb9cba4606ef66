import { setTimeout as pause } from 'node:timers/promises'
import { sendStudies } from '../../src/demo/send-studies.ts'
import { misplacedObjects, misplacedResources } from '../servers/belonging.ts'
import { type ChaosStudy, chaosStudies, toSend } from './chaos-studies.ts'
import { followUp, succeeds } from './follow-ups.ts'
import { countDevices, misplacedMessages, resultsIn } from './found-results.ts'
import { type Hospital, type QueueKind, openHospital } from './hospital.ts'
import { type ChaosEvent, type Part, chaosSchedule, eventText } from './schedule.ts'
import { type Found, type Verdict, judge } from './verdict.ts'
import { untilAtRest, untilFirstEnded, untilServiceAnswers } from './watch.ts'

export interface ChaosOptions {
  /** An empty folder readable only by its owner. */
  readonly dir: string
  readonly queueKind: QueueKind
  readonly studyCount: number
  /** The same seed gives the same images and the same schedule. */
  readonly seed: number
  /** Duration of the storm, in which parts fail and studies arrive. The remaining work is done in the calm after it. */
  readonly stormMs: number
  readonly progress: (text: string) => void
}

export interface ChaosResult {
  readonly studies: readonly StudyResult[]
  /** What is on another patient or study than what was sent, one sentence for each. */
  readonly misplaced: readonly string[]
  /** Number of resources for the algorithm in the record; all studies share one. */
  readonly deviceCount: number
  /** How often each part failed. */
  readonly failures: ReadonlyMap<Part, number>
  readonly ends: Hospital['ends']
}

export interface StudyResult {
  readonly name: string
  readonly found: Found
  readonly verdict: Verdict
}

/** Share of the storm in which studies arrive. */
const sendingShare = 0.8
const resendPauseMs = 300

/**
 * Sends studies to a hospital whose parts fail repeatedly, waits until each study has ended, and counts the results.
 * @throws when no more studies end
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { dir, queueKind, studyCount, seed, stormMs, progress } = options
  const studies = chaosStudies(studyCount, seed)
  const hospital = await openHospital(dir, queueKind)
  const [calm, ending] = [new AbortController(), new AbortController()]
  let storming: Promise<unknown> = Promise.resolve()
  try {
    await untilServiceAnswers(hospital.serviceApi)
    const schedule = chaosSchedule(seed, hospital.parts, stormMs)
    progress(`Seed ${seed}, queue ${queueKind}, ${studyCount} studies.\n${schedule.map(eventText).join('\n')}`)
    const { signal } = ending
    storming = Promise.all([
      sendAll(studies, hospital, { forMs: stormMs * sendingShare, signal }),
      followUp(studies, hospital, signal),
      // Waits until work has started, however slow the machine.
      untilFirstEnded(hospital.serviceApi, signal).then(() => Promise.all(suffering(schedule, hospital, signal))),
    ])
    const watch = { studies, serviceApi: hospital.serviceApi, calm: calm.signal, signal, progress }
    const [, statuses] = await Promise.all([
      storming.then(() => {
        calm.abort()
      }),
      untilAtRest(watch),
    ])
    const look = await resultsIn(hospital)
    const results: StudyResult[] = []
    for (const study of studies) {
      const found = await look(study)
      results.push({ name: study.name, found, verdict: judge(study, statuses.get(study.studyInstanceUid), found) })
    }
    return {
      studies: results,
      misplaced: [
        ...(await misplacedObjects(hospital.dicomWeb, studies)),
        ...(await misplacedResources(hospital.fhir.repo, studies)),
        ...misplacedMessages(hospital, studies),
      ],
      deviceCount: await countDevices(hospital.fhir.repo),
      failures: new Map([...Map.groupBy(schedule, ({ part }) => part)].map(([part, events]) => [part, events.length])),
      ends: hospital.ends,
    }
  } finally {
    ending.abort()
    // All parts are running again by then and can be stopped.
    await storming.catch(() => undefined)
    await hospital.stop()
  }
}

interface Sending {
  readonly forMs: number
  readonly signal: AbortSignal
}

/**
 * Sends the studies one by one, spread evenly over a period. Like a modality, it resends studies that an unavailable
 * archive did not accept.
 */
async function sendAll(studies: readonly ChaosStudy[], hospital: Hospital, { forMs, signal }: Sending): Promise<void> {
  for (const study of studies) {
    while (!signal.aborted && !(await succeeds(() => sendStudies([toSend(study, study.files)], hospital.orthancApi))))
      await pause(resendPauseMs)
    await pause(forMs / studies.length, undefined, { signal })
  }
}

/** Failures of the same part run one after another, those of different parts in parallel. */
function suffering(schedule: readonly ChaosEvent[], hospital: Hospital, signal: AbortSignal): Promise<void>[] {
  const startedAt = performance.now()
  return [...Map.groupBy(schedule, ({ part }) => part).values()].map(async (events) => {
    for (const event of events) {
      await pause(Math.max(0, startedAt + event.atMs - performance.now()), undefined, { signal })
      await hospital.suffer(event)
    }
  })
}
