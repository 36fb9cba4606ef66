import { defineError } from '../errors/triage-error.ts'

export const modelUnreadable = defineError(
  'MODEL_UNREADABLE',
  'server',
  (path: string, cause: string) =>
    `The model ${path} cannot be loaded: ${cause}. Set "Model" to a folder below models/.`,
)

export const modelChanged = defineError(
  'MODEL_CHECKSUM_MISMATCH',
  'server',
  (path: string) => `${path} is not the file its manifest was made for (sha256 differs). Restore the released model.`,
)

export const analysisTimedOut = defineError(
  'ANALYSIS_TIMED_OUT',
  'permanent',
  (timeoutMs: number) =>
    `Reading the image took longer than ${timeoutMs} ms, so its worker was stopped. Check the file.`,
)

/** The file's failure and not the server's: what ends a thread is mostly a file that needs more than the thread may take. */
export const analysisWorkerDied = defineError(
  'ANALYSIS_WORKER_DIED',
  'permanent',
  (cause: string) => `The worker reading the image ended (${cause}). The file may need too much memory.`,
)
