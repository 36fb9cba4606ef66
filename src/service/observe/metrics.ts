import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { Clock } from '../../clock.ts'
import { targetNames } from '../../deliver/delivery-targets.ts'
import type { OpenDeliveries, OpenState } from '../deliveries/delivery.ts'
import { freeBytes } from '../store/sqlite/database-faults.ts'
import type { Store } from '../store/store.ts'

/** Locating the lungs takes tenths of a second; a busy archive takes tens of seconds. */
const stepBucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/**
 * The service's Prometheus metrics (https://prometheus.io/docs/practices/naming/). Label values come from closed lists
 * (states, steps, our own error codes), never from outside: no UID, name or address.
 */
export class Metrics {
  readonly registry = new Registry()
  readonly arrivals = this.#counter('arrivals_total', 'Studies received, by lane and effect on the queue.', [
    'lane',
    'effect',
  ])
  readonly findings = this.#counter('findings_total', 'Studies reported, by decision.', ['decision'])
  readonly skipped = this.#counter('skipped_total', 'Studies skipped, by reason.', ['code'])
  readonly retries = this.#counter('retries_total', 'Failed attempts that are retried, by error.', ['code'])
  readonly deadLetters = this.#counter('dead_letters_total', 'Studies that became dead letters, by error.', ['code'])
  readonly claimsLost = this.#counter('claims_lost_total', 'Studies that another worker took over.', [])
  readonly queueFailures = this.#counter('queue_failures_total', 'Queue failures, by error.', ['code'])
  readonly deliveries = this.#counter('deliveries_total', 'Deliveries tried, by target.', ['target', 'outcome'])
  readonly feedFailures = this.#counter('feed_failures_total', 'Failed polls of the feed, by error.', ['code'])
  readonly httpRefused = this.#counter('http_refused_total', 'HTTP requests answered with 4xx or 5xx.', ['status'])
  readonly stepSeconds = new Histogram({
    name: 'lung_triage_step_seconds',
    help: 'Duration of each step of a study, all images together.',
    labelNames: ['step'],
    buckets: stepBucketsSeconds,
    registers: [this.registry],
  })

  readonly #feedCaughtUp = new Gauge({
    name: 'lung_triage_feed_caught_up_timestamp_seconds',
    help: 'Time at which the feed was last fully read; the lag is the time since.',
    labelNames: ['feed'],
    registers: [this.registry],
  })

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  /** Reads the worklist's numbers at each scrape, so that they are also correct after a restart. */
  watchStore({ studies, deliveries }: Store, clock: Clock): void {
    this.#gauge('studies', 'Studies on the worklist, by state.', ['state'], (gauge) => {
      for (const [state, count] of Object.entries(studies.countByState())) gauge.set({ state }, count)
    })
    this.#gauge('queue_depth', 'Studies waiting or waiting for a retry.', [], (gauge) => {
      const { waiting, retrying } = studies.countByState()
      gauge.set(waiting + retrying)
    })
    this.#gauge('queue_oldest_waiting_seconds', 'Waiting time of the study that has waited longest.', [], (gauge) => {
      gauge.set(secondsSince(studies.waitingSince(), clock))
    })
    this.#deliveryGauge('deliveries_pending', 'Results on their way, by target.', deliveries, (open) =>
      count(open, 'pending'),
    )
    this.#deliveryGauge('deliveries_dead', 'Failed deliveries that nobody acknowledged.', deliveries, (open) =>
      count(open, 'dead'),
    )
    this.#deliveryGauge(
      'deliveries_oldest_pending_seconds',
      'Age of the oldest pending delivery.',
      deliveries,
      (open) => secondsSince(open.find(({ state }) => state === 'pending')?.since, clock),
    )
  }

  /** A number for each target, 0 for those without open deliveries. */
  #deliveryGauge(
    name: string,
    help: string,
    deliveries: Store['deliveries'],
    read: (ofTarget: readonly OpenDeliveries[]) => number,
  ): void {
    this.#gauge(name, help, ['target'], (gauge) => {
      const open = deliveries.open()
      for (const target of targetNames) gauge.set({ target }, read(open.filter((one) => one.target === target)))
    })
  }

  /** Free space where the databases are. Their write-ahead logs and results need some of it for every study. */
  watchStateDir(path: string): void {
    this.#gauge('state_free_bytes', 'Free disk space in StateDir.', [], (gauge) => {
      gauge.set(freeBytes(path))
    })
  }

  /**
   * Returns a function to call whenever the feed has been read to its end. Until its first call, the lag counts from
   * now.
   */
  followFeed(feed: string, clock: Clock): () => void {
    const note = (): void => {
      this.#feedCaughtUp.set({ feed }, clock.now().getTime() / 1000)
    }
    note()
    return note
  }

  /** Version, model, engine and provider, as labels of a gauge that is 1. */
  describe(about: Readonly<Record<string, string>>): void {
    const labels = Object.fromEntries(Object.entries(about).map(([name, value]) => [name.toLowerCase(), value]))
    this.#gauge('info', 'Model, engine, provider and versions in use.', Object.keys(labels), (gauge) => {
      gauge.set(labels, 1)
    })
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: `lung_triage_${name}`, help, labelNames, registers: [this.registry] })
  }

  #gauge(name: string, help: string, labelNames: readonly string[], read: (gauge: Gauge) => void): void {
    new Gauge({
      name: `lung_triage_${name}`,
      help,
      labelNames,
      registers: [this.registry],
      collect() {
        read(this)
      },
    })
  }
}

function count(open: readonly OpenDeliveries[], state: OpenState): number {
  return open.find((one) => one.state === state)?.count ?? 0
}

/** 0 if there was nothing, or if the clock was set back. */
function secondsSince(time: Date | undefined, clock: Clock): number {
  return time === undefined ? 0 : Math.max(0, clock.now().getTime() - time.getTime()) / 1000
}
