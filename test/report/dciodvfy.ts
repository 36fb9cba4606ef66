import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programNotFound, runProgram } from '../program-shell.ts'

/**
 * Runs dicom3tools' validator on a file.
 * @returns its messages, one per line; undefined if it is not installed
 */
export async function dciodvfy(bytes: Uint8Array): Promise<readonly string[] | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-report-'))
  try {
    const file = join(dir, 'object.dcm')
    await writeFile(file, bytes)
    const { exitCode, stdout, stderr } = await runProgram('dciodvfy', [file])
    if (exitCode === programNotFound) return undefined
    return `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
  } finally {
    await rm(dir, { recursive: true })
  }
}
