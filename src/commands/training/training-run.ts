import { availableParallelism } from 'node:os'
import type { CommandOutput } from '../command-output.ts'
import { userCacheDir } from '../user-cache.ts'

/** Boxes, features and downloaded weights are kept outside the working tree, so that nothing of them is ever committed. */
export const cacheDir = userCacheDir(process.env)

/** What every run of the training commands gets. */
export function trainingRun({ progress }: CommandOutput) {
  return { cacheDir, threads: availableParallelism(), progress }
}
