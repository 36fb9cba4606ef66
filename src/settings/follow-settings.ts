import { watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { isAborted } from '../background.ts'
import { asTriageError } from '../errors/triage-error.ts'
import type { SettingsReading } from './read-settings.ts'

/** Quiet time before files are read: editors and scripts write in several steps. */
const quietMs = 300

/** Calls back when settings may have changed; returns a function that stops it. */
export type ChangeSignal = (onChange: () => void) => () => void

/** SIGHUP asks a service to reload. At a terminal it means that the terminal closed, and ends the process. */
export const hangUpSignal: ChangeSignal = (onChange) => {
  if (process.stdin.isTTY) return () => undefined
  process.on('SIGHUP', onChange)
  return () => process.off('SIGHUP', onChange)
}

/** A timer, for sources that announce no changes. */
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
 * Watches Orthanc's configuration file or folder. For a file, it watches the containing folder, because files may be
 * replaced instead of rewritten. Combine it with `every`: watching can fail (too many watches, a removed folder, a
 * network drive).
 */
export async function filesChanged(fileOrFolder: string): Promise<ChangeSignal> {
  const isFolder = (await stat(fileOrFolder)).isDirectory()
  const folder = isFolder ? fileOrFolder : dirname(fileOrFolder)
  // Kubernetes swaps the link `..data` when it updates a folder.
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
      // An error ends the watch; reading the files shows the cause.
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
 * Reads the settings now and after every change signal, one reading at a time.
 * @returns a function that stops it
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
  // Catches changes made while the service started.
  wake()
  const ended = follow()
  return async () => {
    for (const stop of stops) stop()
    stopping.abort()
    wake()
    await ended
  }
}

/** Reports a missing configuration as a problem. */
async function readingOf(read: () => Promise<SettingsReading>): Promise<SettingsReading> {
  try {
    return await read()
  } catch (thrown) {
    const { message } = asTriageError(thrown)
    return { kind: 'invalid', problems: [{ path: 'LungTriage', message }] }
  }
}
