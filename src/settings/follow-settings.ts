import { watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { isAborted } from '../background.ts'
import { asTriageError } from '../errors/triage-error.ts'
import type { SettingsReading } from './read-settings.ts'

/** How long nothing more may be written before files are read: editors and scripts write in several steps. */
const quietMs = 300

/** Something that may mean that settings changed, until it is stopped. */
export type ChangeSignal = (onChange: () => void) => () => void

/** SIGHUP, as services are told to read their configuration again. At a terminal it means that the terminal went, and ends us. */
export const hangUpSignal: ChangeSignal = (onChange) => {
  if (process.stdin.isTTY) return () => undefined
  process.on('SIGHUP', onChange)
  return () => process.off('SIGHUP', onChange)
}

/** Every so often, where nobody tells of changes. */
export function every(ms: number): ChangeSignal {
  return (onChange) => {
    const timer = setInterval(onChange, ms)
    timer.unref()
    return () => {
      clearInterval(timer)
    }
  }
}

/**
 * A change in Orthanc's configuration, one file or a folder of them. Files are replaced, not only written: so folders are watched. Where
 * that cannot be (too many watches on the machine, a folder that goes away, a network drive), `every` is to be there too.
 */
export async function filesChanged(fileOrFolder: string): Promise<ChangeSignal> {
  const isFolder = (await stat(fileOrFolder)).isDirectory()
  const folder = isFolder ? fileOrFolder : dirname(fileOrFolder)
  // Kubernetes swaps the link `..data` when it renews a folder.
  const isOurs = (name: string): boolean =>
    isFolder ? name.endsWith('.json') || name === '..data' : name === basename(fileOrFolder)
  return (onChange) => {
    const stopping = new AbortController()
    let quiet: NodeJS.Timeout | undefined
    const onEvent = (_event: string, name: string | null): void => {
      if (name !== null && !isOurs(name)) return
      clearTimeout(quiet)
      quiet = setTimeout(onChange, quietMs)
    }
    try {
      // An error ends the watch; what it was about shows when the files are read.
      watch(folder, { persistent: false, signal: stopping.signal }, onEvent).on('error', onChange)
    } catch {
      onChange()
    }
    return () => {
      stopping.abort()
      clearTimeout(quiet)
    }
  }
}

interface FollowedSettings {
  readonly signals: readonly ChangeSignal[]
  readonly read: (stopping: AbortSignal) => Promise<SettingsReading>
  readonly takeOver: (reading: SettingsReading) => Promise<void>
}

/**
 * Reads the settings again, now and whenever something says that they may have changed, one reading after the other.
 * @returns what ends that
 */
export function followSettings({ signals, read, takeOver }: FollowedSettings): () => Promise<void> {
  const stopping = new AbortController()
  let asked = Promise.withResolvers<undefined>()
  const wake = (): void => {
    asked.resolve(undefined)
  }
  const follow = async (): Promise<void> => {
    for (;;) {
      await asked.promise
      asked = Promise.withResolvers()
      if (stopping.signal.aborted) return
      const reading = await readingOf(() => read(stopping.signal))
      if (isAborted(stopping.signal)) return
      await takeOver(reading)
    }
  }
  const stops = signals.map((signal) => signal(wake))
  // What was changed while the service started, nobody told of.
  wake()
  const ended = follow()
  return async () => {
    for (const stop of stops) stop()
    stopping.abort()
    wake()
    await ended
  }
}

/** A configuration that is gone is one with a problem. */
async function readingOf(read: () => Promise<SettingsReading>): Promise<SettingsReading> {
  try {
    return await read()
  } catch (thrown) {
    const { message } = asTriageError(thrown)
    return { kind: 'invalid', problems: [{ path: 'LungTriage', message }] }
  }
}
