import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'

const folder = new URL('state-of-0.1.0/', import.meta.url)
const study = (number: number): string => `1.2.826.0.1.3680043.10.1338.77.${number}`

/** Studies of the state that version 0.1.0 left, by what is special about each; see its README. */
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

/** Just after that version was killed: by the machine's own clock the studies would be too old to keep one day. */
export const keptUntil = '2026-11-30T21:35:00.000Z'

/** Lays a copy of the state into a state folder. */
export function layOutKeptState(stateDir: string): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 })
  for (const name of ['store.sqlite', 'queue.sqlite'])
    writeFileSync(join(stateDir, name), brotliDecompressSync(readFileSync(new URL(`${name}.br`, folder))), {
      mode: 0o600,
    })
}
