import { availableParallelism } from 'node:os'
import type { CommandOutput } from '../command-output.ts'
import { userCacheDir } from '../user-cache.ts'

/** Boxes, features and downloaded weights stay outside the working tree, so that they are never committed. */
export const cacheDir = userCacheDir(process.env)

/** What every run of the training commands gets. */
export function trainingRun({ progress }: CommandOutput) {
  return { cacheDir, threads: availableParallelism(), progress }
}
