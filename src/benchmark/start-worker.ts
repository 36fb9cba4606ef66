import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { workerEnded } from './errors.ts'
import { type FromWorker, type Preparation, type ToWorker, fromWorker } from './worker-messages.ts'

/** A warm worker process that waits for `begin`. */
export interface BenchmarkWorker {
  begin(): void
  /** Rejects when the worker process exits. */
  readonly endedEarly: Promise<never>
  /** Lets the worker finish its study, and returns the number of studies that it took. */
  end(): Promise<number>
  close(): Promise<void>
}

const program = fileURLToPath(new URL('worker-process.ts', import.meta.url))

/**
 * @param processor for all threads of the worker; without pinning, a single worker would use parts of both
 * @throws BENCHMARK_WORKER_ENDED
 */
export async function startWorker(preparation: Preparation, processor: number): Promise<BenchmarkWorker> {
  const child = fork(program, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // From util-linux, which is part of every Debian.
    execPath: 'taskset',
    execArgv: ['--cpu-list', String(processor), process.execPath],
  })
  const endedEarly = endOf(child)
  const tell = (message: ToWorker): void => void child.send(message)
  const answer = <Kind extends FromWorker['kind']>(kind: Kind) => Promise.race([answerOf(child, kind), endedEarly])
  tell({ kind: 'prepare', ...preparation })
  await answer('ready')
  return {
    begin: () => {
      tell({ kind: 'begin' })
    },
    endedEarly,
    end: async () => {
      tell({ kind: 'end' })
      return (await answer('ended')).studies
    },
    close: () => close(child),
  }
}

function endOf(child: ChildProcess): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  child.once('error', (error) => {
    reject(workerEnded(error.message))
  })
  child.once('exit', (code, signal) => {
    reject(workerEnded(signal ?? `exit code ${String(code)}`))
  })
  // Avoids an unhandled rejection while nobody awaits the promise; callers that await it still get the rejection.
  promise.catch(() => undefined)
  return promise
}

function answerOf<Kind extends FromWorker['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<FromWorker, { kind: Kind }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<FromWorker, { kind: Kind }>>()
  const isAwaited = (message: FromWorker): message is Extract<FromWorker, { kind: Kind }> => message.kind === kind
  child.once('message', (received) => {
    const message = fromWorker.parse(received)
    if (isAwaited(message)) resolve(message)
    else reject(workerEnded(`it sent ${message.kind} instead of ${kind}`))
  })
  return promise
}

/** Closes the channel, which makes the worker exit. */
async function close(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
}
