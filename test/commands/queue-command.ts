import { type ChildProcess, execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StudyOutcome } from '../../src/pipeline.ts'
import { prediction, reported, resultsOf } from '../service/fixtures.ts'
import { type ServiceBench, token } from '../service/service-bench.ts'

export interface CommandRun {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly ended: Promise<{ code: number; stdout: string; stderr: string }>
}

/** Starts a command for the service whose settings are in the file `configuration`. */
export function start(configuration: string, ...args: readonly string[]): CommandRun {
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<CommandRun['ended']>>()
  const line = ['src/cli.ts', ...args, '--orthanc-config', configuration]
  const child = execFile(process.execPath, line, { encoding: 'utf8' }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
  })
  let stderr = ''
  child.stderr?.on('data', (chunk: string) => (stderr += chunk))
  return { child, stderr: () => stderr, ended }
}

export const run = (configuration: string, ...args: readonly string[]) => start(configuration, ...args).ended

export async function configurationFor(
  { service, stateDir }: Pick<ServiceBench, 'service' | 'stateDir'>,
  archive: { url: string; username: string; password: string } | undefined,
): Promise<string> {
  const file = join(stateDir, 'orthanc.json')
  const { url = 'http://127.0.0.1:9', username: Username, password: Password } = archive ?? {}
  const section = {
    StateDir: stateDir,
    Orthanc: { Url: url, Username, Password },
    DicomWeb: { Url: `${url}/dicom-web`, Username, Password },
    Http: { Port: Number(new URL(service.url).port), Token: token },
  }
  await writeFile(file, JSON.stringify({ LungTriage: section }))
  return file
}

export function found(studyInstanceUid: string): StudyOutcome {
  const finding = prediction(studyInstanceUid, 0.2)
  return reported({ prediction: finding, results: resultsOf(finding, Uint8Array.of(1)) })
}

export const stateOf = ({ store }: ServiceBench, uid: string) => store.studies.get(uid)?.progress.state
