import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface DcmtkAnswer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Lets one of DCMTK's programs read an object.
 * @returns undefined where it is not installed
 */
export async function dcmtk(program: 'dsrdump' | 'dsr2xml', bytes: Uint8Array): Promise<DcmtkAnswer | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-report-'))
  try {
    const file = join(dir, 'object.dcm')
    await writeFile(file, bytes)
    return await run(program, [file])
  } finally {
    await rm(dir, { recursive: true })
  }
}

function run(program: string, args: readonly string[]): Promise<DcmtkAnswer | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') resolve(undefined)
      else resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}
