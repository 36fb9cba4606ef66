import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'

const folder = new URL('state-of-0.1.0/', import.meta.url)
const study = (number: number): string => `1.2.826.0.1.3680043.10.1338.77.${number}`

/** The studies in the state of version 0.1.0, named after their state or content; see `state-of-0.1.0/README.md`. */
export const keptStudies = {
  infant: study(1),
  unclear: study(2),
  withdrawn: study(3),
  damaged: study(4),
  lateral: study(5),
  empty: study(6),
  absent: study(7),
  retrying: study(8),
  active: study(9),
  waiting: study(10),
  cancelled: study(11),
} as const

/**
 * Just after that version was killed. With the machine's clock, the studies would one day exceed their retention
 * period.
 */
export const keptUntil = '2026-11-30T21:35:00.000Z'

/** Copies the state into a state folder. */
export function layOutKeptState(stateDir: string): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  for (const name of ['store.sqlite', 'queue.sqlite'])
    writeFileSync(join(stateDir, name), brotliDecompressSync(readFileSync(new URL(`${name}.br`, folder))), {
      mode: 0o600,
    })
}
