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

/**
 * Counts as the file's failure, not the server's: a thread mostly ends because a file needs more memory than is
 * allowed.
 */
export const analysisWorkerDied = defineError(
  'ANALYSIS_WORKER_DIED',
  'permanent',
  (cause: string) => `The worker reading the image ended (${cause}). The file may need too much memory.`,
)
