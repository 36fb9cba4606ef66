import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What dicom3tools' validator says of a file, one line each.
 * @returns undefined where it is not installed
 */
export async function dciodvfy(bytes: Uint8Array): Promise<readonly string[] | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-report-'))
  try {
    const file = join(dir, 'object.dcm')
    await writeFile(file, bytes)
    return await linesOf('dciodvfy', [file])
  } finally {
    await rm(dir, { recursive: true })
  }
}

function linesOf(program: string, args: readonly string[]): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') resolve(undefined)
      else resolve(`${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== ''))
    })
  })
}
