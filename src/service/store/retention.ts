import { type Clock, dayMs } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { Queue } from '../queue/queue.ts'
import type { Store } from './store.ts'

/** Often, because a service that ends between two looks loses the time that it ran since the first. */
const everyMs = 10 * 60_000

/**
 * Deletes finished work older than `days` at each call, if it was that old a day before too. The queue's jobs hold no
 * results, so they need no second look.
 */
export function purger(store: Store, queue: Queue, days: () => number, clock: Clock, log: Log): () => Promise<void> {
  let lastMs = clock.steadyMs()
  return async () => {
    const before = new Date(clock.now().getTime() - days() * dayMs)
    const steadyMs = clock.steadyMs()
    try {
      await queue.purge(before)
      const count = store.purge(before, steadyMs - lastMs)
      lastMs = steadyMs
      if (count > 0) log.info('retention.purged', { count })
    } catch (error) {
      log.failure('retention.failed', error)
    }
  }
}

/** Deletes old finished work now and then every ten minutes. Returns a function that stops it. */
export function keepRetention(store: Store, queue: Queue, days: () => number, clock: Clock, log: Log): () => void {
  const purge = purger(store, queue, days, clock, log)
  void purge()
  const timer = setInterval(() => void purge(), everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
  }
}
