import { type Random, seededRandom } from '../../src/training/data/random.ts'
import type { Fault } from '../servers/faulty-proxy.ts'

/** A process that can be killed or stopped. */
export type ServerPart = 'service' | 'worker' | 'orthanc' | 'fhir' | 'redis' | 'hl7'
/** A process that can be suspended. */
export type PausePart = 'service-pause' | 'orthanc-pause'
/** A connection between two of them that can fail. */
export type NetworkPart = 'archive-network' | 'fhir-network' | 'fhir-outage'
export type Part = ServerPart | PausePart | NetworkPart | 'disk'

/** A failure and its duration. Times count from the start of the storm. */
export type ChaosEvent =
  | { readonly kind: 'down'; readonly part: ServerPart; readonly atMs: number; readonly forMs: number }
  | { readonly kind: 'paused'; readonly part: PausePart; readonly atMs: number; readonly forMs: number }
  | { readonly kind: 'full'; readonly part: 'disk'; readonly atMs: number; readonly forMs: number }
  | {
      readonly kind: 'fault'
      readonly part: NetworkPart
      readonly fault: Fault
      readonly atMs: number
      readonly forMs: number
    }

interface Rhythm {
  /** A part fails once per span of this length, and at least once per storm. */
  readonly everyMs: number
  readonly shortestMs: number
  readonly longestMs: number
}

/** Parts that are away once, for this share of the storm. */
const longOutages: Readonly<Partial<Record<Part, number>>> = { hl7: 0.4, 'fhir-outage': 0.4 }

const rhythms: Readonly<Record<Part, Rhythm>> = {
  service: { everyMs: 25_000, shortestMs: 100, longestMs: 2000 },
  worker: { everyMs: 25_000, shortestMs: 100, longestMs: 2000 },
  orthanc: { everyMs: 45_000, shortestMs: 500, longestMs: 5000 },
  fhir: { everyMs: 30_000, shortestMs: 500, longestMs: 5000 },
  redis: { everyMs: 40_000, shortestMs: 200, longestMs: 3000 },
  'archive-network': { everyMs: 15_000, shortestMs: 500, longestMs: 3000 },
  'service-pause': { everyMs: 40_000, shortestMs: 500, longestMs: 12_000 },
  'orthanc-pause': { everyMs: 40_000, shortestMs: 500, longestMs: 12_000 },
  disk: { everyMs: 60_000, shortestMs: 500, longestMs: 6000 },
  hl7: { everyMs: Infinity, shortestMs: 0, longestMs: 0 },
  'fhir-outage': { everyMs: Infinity, shortestMs: 0, longestMs: 0 },
  'fhir-network': { everyMs: 15_000, shortestMs: 500, longestMs: 3000 },
}

const networkFaults: readonly ((random: Random) => Fault)[] = [
  () => ({ kind: 'drop' }),
  () => ({ kind: 'cut' }),
  () => ({ kind: 'status', status: 503 }),
  () => ({ kind: 'replace', status: 503 }),
  (random) => ({ kind: 'delay', by: between(random, 200, 2000) }),
]

/** Which part fails, when, and for how long. The same seed gives the same schedule. */
export function chaosSchedule(seed: number, parts: readonly Part[], stormMs: number): readonly ChaosEvent[] {
  const random = seededRandom(seed)
  return parts.flatMap((part) => eventsOf(part, stormMs, random)).sort((one, other) => one.atMs - other.atMs)
}

function eventsOf(part: Part, stormMs: number, random: Random): readonly ChaosEvent[] {
  const { everyMs, shortestMs, longestMs } = rhythms[part]
  const count = Math.max(1, Math.round(stormMs / everyMs))
  const spanMs = stormMs / count
  return Array.from({ length: count }, (_, index): ChaosEvent => {
    const atMs = Math.round(spanMs * (index + between(random, 10, 80) / 100))
    const share = longOutages[part]
    const forMs =
      share === undefined ? between(random, shortestMs, Math.min(longestMs, stormMs / 4)) : Math.round(stormMs * share)
    if (part === 'disk') return { kind: 'full', part, atMs, forMs }
    if (part === 'service-pause' || part === 'orthanc-pause') return { kind: 'paused', part, atMs, forMs }
    if (part === 'fhir-outage') return { kind: 'fault', part, fault: { kind: 'status', status: 503 }, atMs, forMs }
    if (part !== 'archive-network' && part !== 'fhir-network') return { kind: 'down', part, atMs, forMs }
    const fault = networkFaults[Math.floor(random() * networkFaults.length)]!(random)
    return { kind: 'fault', part, fault, atMs, forMs }
  })
}

/** A whole number. */
function between(random: Random, least: number, most: number): number {
  return Math.round(least + (most - least) * random())
}

/** A line of the printed schedule. */
export function eventText(event: ChaosEvent): string {
  const what = event.kind === 'fault' ? event.fault.kind : event.kind
  return `${(event.atMs / 1000).toFixed(1).padStart(7)} s  ${event.part.padEnd(15)}  ${what} for ${event.forMs} ms`
}
