import { defineError } from '../errors/triage-error.ts'

export const modelUnreadable = defineError(
  'MODEL_UNREADABLE',
  'server',
  (path: string, cause: string) =>
    `The model ${path} cannot be loaded: ${cause}. Set LungTriage.Model (or --model) to a folder below models/ or an absolute path.`,
)

export const modelChanged = defineError(
  'MODEL_CHECKSUM_MISMATCH',
  'server',
  (path: string) => `The SHA-256 of ${path} differs from the one in its manifest. Restore the released model.`,
)

export const analysisTimedOut = defineError(
  'ANALYSIS_TIMED_OUT',
  'transient',
  (timeoutMs: number) =>
    `Reading the image took longer than ${timeoutMs} ms, so its worker was stopped. Check the load of the machine, and the file.`,
)

export const analysisWorkerDied = defineError(
  'ANALYSIS_WORKER_DIED',
  'transient',
  (cause: string) =>
    `The worker thread ended while it read the image (${cause}). The machine may be short of memory, or the file may need too much.`,
)
