import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ProgramEnd, programNotFound, runProgram } from '../program-shell.ts'

/**
 * Reads an object with a DCMTK program.
 * @returns undefined if it is not installed
 */
export async function dcmtk(program: 'dsrdump' | 'dsr2xml', bytes: Uint8Array): Promise<ProgramEnd | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-report-'))
  try {
    const file = join(dir, 'object.dcm')
    await writeFile(file, bytes)
    const end = await runProgram(program, [file])
    return end.exitCode === programNotFound ? undefined : end
  } finally {
    await rm(dir, { recursive: true })
  }
}
