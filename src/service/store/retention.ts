import { type Clock, dayMs } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Queue } from '../queue/queue.ts'
import type { Store } from './store.ts'

const everyMs = 60 * 60_000

/** Deletes finished work older than `days`. */
export async function purgeFinished(store: Store, queue: Queue, days: number, clock: Clock, log: Log): Promise<void> {
  const before = new Date(clock.now().getTime() - days * dayMs)
  try {
    await queue.purge(before)
    const count = store.purge(before)
    if (count > 0) log.info('retention.purged', { count })
  } catch (error) {
    log.failure('retention.failed', error)
  }
}

/** Deletes finished work older than `days`, once now and then every hour. Returns a function that stops it. */
export function keepRetention(store: Store, queue: Queue, days: () => number, clock: Clock, log: Log): () => void {
  const purge = () => void purgeFinished(store, queue, days(), clock, log)
  purge()
  const timer = setInterval(purge, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}
