import { Socket } from 'node:net'

/** What stops a service: a signal alone, or also the end of standard input. */
export type StopOn = 'signal' | 'signal-or-end-of-stdin'

/**
 * Aborts when the process is told to stop. Standard input closes when the parent program ends, even if it crashes,
 * so a service that watches it never outlives its parent.
 */
export function stopSignal(stopOn: StopOn): AbortSignal {
  const stopping = new AbortController()
  const stop = (): void => {
    stopping.abort()
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  if (stopOn === 'signal-or-end-of-stdin') onEndOfStdin(stop)
  return stopping.signal
}

function onEndOfStdin(stop: () => void): void {
  const { stdin } = process
  stdin.once('end', stop).once('close', stop).once('error', stop).resume()
  // Listening on standard input must not keep the process alive.
  if (stdin instanceof Socket) stdin.unref()
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => {
      resolve()
    })
  })
}
