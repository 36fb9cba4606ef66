import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultFiles } from '../report/result-kinds.ts'
import type { ResultObjects } from '../report/result-objects.ts'

/** Writes the result files of one image into a folder, for `analyze`. */
export async function writeResults({ parts }: ResultObjects, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const files = await resultFiles(parts)
  await Promise.all(files.map(({ name, bytes }) => writeFile(join(folder, name), bytes)))
}
