import { z } from 'zod'
import type { CommandOutput } from './command-output.ts'
import { patiently } from './patiently.ts'
import { askService } from './running-service.ts'
import type { RunningService } from './running-service-request.ts'

/** Which studies are to be tried again. */
export type Replay = { readonly kind: 'study'; readonly studyInstanceUid: string } | { readonly kind: 'dead' }

const studiesSchema = z.object({ studies: z.array(z.object({ studyInstanceUid: z.string(), state: z.string() })) })
const retrySchema = z.object({ effect: z.enum(['queued', 'unchanged', 'after-current']) })
const cancelSchema = z.object({ effect: z.enum(['cancelled', 'under-way', 'nothing']) })

/**
 * Asks the running service to try studies again, whatever became of them before.
 * @throws COMMAND_*
 */
export async function replay(which: Replay, service: RunningService, output: CommandOutput): Promise<boolean> {
  const uids = which.kind === 'study' ? [which.studyInstanceUid] : await deadLetters(service)
  for (const studyInstanceUid of uids) {
    const question = { method: 'POST', path: actionPath(studyInstanceUid, 'retry') } as const
    const { effect } = await patiently(() => askService(service, question, retrySchema), output)
    output.result({ studyInstanceUid, effect }, `${studyInstanceUid}: ${retryWords[effect]}`)
  }
  if (uids.length === 0) output.progress('There is no dead letter.')
  return true
}

const retryWords = {
  queued: 'tried again.',
  unchanged: 'waits already.',
  'after-current': 'is being worked on, and tried again after that.',
} as const

/** However old, they are all in every period of the worklist. */
async function deadLetters(service: RunningService): Promise<readonly string[]> {
  const { studies } = await askService(service, { method: 'GET', path: '/api/studies?period=1' }, studiesSchema)
  return studies.filter(({ state }) => state === 'dead').map(({ studyInstanceUid }) => studyInstanceUid)
}

/**
 * Asks the running service to take a study out of its queue.
 * @returns false where it is being worked on and ends as it ends
 * @throws COMMAND_*
 */
export async function cancel(
  studyInstanceUid: string,
  service: RunningService,
  output: CommandOutput,
): Promise<boolean> {
  const question = { method: 'POST', path: actionPath(studyInstanceUid, 'cancel') } as const
  const { effect } = await askService(service, question, cancelSchema)
  output.result({ studyInstanceUid, effect }, `${studyInstanceUid}: ${cancelWords[effect]}`)
  return effect !== 'under-way'
}

const cancelWords = {
  cancelled: 'taken out of the queue.',
  'under-way': 'is being worked on; that ends as it ends. It comes again only where it fails and may pass.',
  nothing: 'is not in the queue.',
} as const

function actionPath(studyInstanceUid: string, action: 'retry' | 'cancel'): string {
  return `/api/studies/${encodeURIComponent(studyInstanceUid)}/${action}`
}
