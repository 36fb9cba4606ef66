import { setTimeout as pause } from 'node:timers/promises'
import { exchange } from '../../src/clients/http/exchange.ts'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { type StudyStatus, statusesOf } from '../../src/demo/follow-studies.ts'
import { sendStudies } from '../../src/demo/send-studies.ts'
import { TriageError } from '../../src/errors/triage-error.ts'
import { type ChaosStudy, toSend } from './chaos-studies.ts'
import type { Hospital } from './hospital.ts'

const pollMs = 1000

/** Once the results of a study are in the archive: sends its later images, or deletes it. Ends when all is done. */
export async function followUp(studies: readonly ChaosStudy[], hospital: Hospital, signal: AbortSignal): Promise<void> {
  const open = new Map(
    studies
      .filter(({ laterFiles, isDeleted }) => laterFiles.length > 0 || isDeleted)
      .map((study) => [study.studyInstanceUid, study]),
  )
  while (open.size > 0) {
    await pause(pollMs, undefined, { signal })
    for (const status of (await statusesOf(hospital.serviceApi, signal)).filter(isInArchive)) {
      const study = open.get(status.studyInstanceUid)
      if (study !== undefined && (await succeeds(() => change(study, hospital)))) open.delete(status.studyInstanceUid)
    }
  }
}

function isInArchive({ state, deliveries }: StudyStatus): boolean {
  return state === 'done' && deliveries.some((one) => one.target === 'archive' && one.state === 'done')
}

async function change(study: ChaosStudy, { orthancApi }: Hospital): Promise<void> {
  if (study.laterFiles.length > 0) await sendStudies([toSend(study, study.laterFiles)], orthancApi)
  if (!study.isDeleted) return
  for (const id of await new OrthancClient(orthancApi).lookup('Study', study.studyInstanceUid)) {
    const request = { method: 'DELETE', path: `/studies/${id}`, accept: '*/*', effect: 'write' } as const
    await exchange(orthancApi, { ...request, maxBytes: 2 ** 20 })
  }
}

/** Whether the archive was there. Like a modality, chaos tries again if it was not. */
export async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof TriageError && error.failureClass !== 'permanent') return false
    throw error
  }
}
