import { Socket } from 'node:net'

/** What tells a service to stop besides a signal. */
export type StopOn = 'signal' | 'signal-or-end-of-stdin'

/**
 * Aborts when the process is told to stop. Standard input ends when the program that holds its other end does, however that ends,
 * so a service that watches it is never left behind.
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
  // Listening for its end must not be what keeps a process alive that has nothing left to do.
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
