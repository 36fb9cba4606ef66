import { type BackgroundWork, runInBackground } from '../../background.ts'
import { dayMs } from '../../clock.ts'
import { type DeliveryTargets, type TargetName, targetNames } from '../../deliver/delivery-targets.ts'
import { deliverResults } from '../../deliver/deliver.ts'
import { priorityOf } from '../../deliver/priority.ts'
import type { DeliveryTarget } from '../../deliver/target.ts'
import { type TriageError, asTriageError } from '../../errors/triage-error.ts'
import type { Log } from '../../log.ts'
import type { KeptResults } from '../../pipeline.ts'
import { type RetryTiming, retryDelayMs } from '../queue/retry-delay.ts'
import { StatePause } from '../queue/state-pause.ts'
import { workThrough } from '../queue/work-loop.ts'
import { modelRetracted } from '../retraction/errors.ts'
import type { ModelGate } from '../retraction/model-gate.ts'
import type { Problem } from '../store/finding.ts'
import { isStateFault } from '../store/state-fault.ts'
import type { ResultStore } from '../store/store.ts'
import type { DeliveryStore, DueDelivery } from './delivery.ts'
import type { DeliveryWatch } from './delivery-watch.ts'
import type { SourceLook } from './look-at-source.ts'

interface DeliveryRunnerOptions extends RetryTiming {
  readonly deliveries: DeliveryStore
  readonly results: Pick<ResultStore, 'keptResults'>
  /** The targets of the settings in force. */
  readonly targets: () => DeliveryTargets
  readonly gate: Pick<ModelGate, 'deliver'>
  /** Whether the archive still has what a result is about, under the same name. */
  readonly lookAtSource: (kept: KeptResults) => Promise<SourceLook>
  /** Analyses a study again whose images or patient changed. */
  readonly analyseAgain: (studyInstanceUid: string) => Promise<unknown>
  readonly watch: DeliveryWatch
  /** How long failed deliveries are retried; read at each failure. */
  readonly retryDays: () => number
  /** Throws while the state cannot be written. Nothing is sent then: that it was sent could not be recorded. */
  readonly requireSound: () => void
  /** Poll interval of an idle target. */
  readonly idleMs: number
  readonly log: Log
}

/** How many results are sent to one target at the same time. */
const concurrency = 2

/** Sends what is due to every target, each on its own, until stopped. What `stop` interrupts is sent again. */
export function runDeliveries(options: DeliveryRunnerOptions): BackgroundWork {
  return runInBackground((stopping) =>
    Promise.all(targetNames.flatMap((name) => new TargetQueue(name, options, stopping).consumers())),
  )
}

/** The queue of one target. */
class TargetQueue {
  readonly #name: TargetName
  readonly #options: DeliveryRunnerOptions
  readonly #stopping: AbortSignal
  /** Studies of the deliveries under way. A newer result of the same study waits, so that it arrives last. */
  readonly #underWay = new Set<string>()
  readonly #statePause: StatePause

  constructor(name: TargetName, options: DeliveryRunnerOptions, stopping: AbortSignal) {
    this.#name = name
    this.#options = options
    this.#stopping = stopping
    this.#statePause = new StatePause(options.clock)
  }

  consumers(): readonly Promise<void>[] {
    const { idleMs, log, watch } = this.#options
    const source = {
      next: () => Promise.resolve(this.#claim()),
      workOn: (delivery: DueDelivery) => this.#workOn(delivery),
      failed: (error: unknown) => {
        if (isStateFault(error)) this.#statePause.begin()
        log.failure('delivery.failed', error, { target: this.#name })
      },
      onWork: (listener: () => void) => watch.onChange(listener),
      idleMs,
    }
    return Array.from({ length: concurrency }, () => workThrough<DueDelivery>(source, this.#stopping))
  }

  #claim(): DueDelivery | undefined {
    const { deliveries, clock, targets, requireSound } = this.#options
    if (this.#statePause.lasts()) return undefined
    requireSound()
    const after = targets()[this.#name]?.after
    const due = deliveries.next({ target: this.#name, after, now: clock.now(), except: this.#underWay })
    if (due !== undefined) this.#underWay.add(due.studyInstanceUid)
    return due
  }

  async #workOn(delivery: DueDelivery): Promise<void> {
    try {
      const outcome = await this.#deliver(delivery).catch(asTriageError)
      // A fault of our own state is no attempt.
      if (outcome instanceof Error && isStateFault(outcome)) throw outcome
      // Stopped meanwhile: the store may be closed. The next start sends it again.
      if (!this.#stopping.aborted) this.#settle(delivery, outcome)
      this.#statePause.end()
    } finally {
      this.#underWay.delete(delivery.studyInstanceUid)
    }
  }

  /** Returns why it must not be sent, or undefined once the target has it. */
  async #deliver({ id, resultKey, studyInstanceUid }: DueDelivery): Promise<Problem | undefined> {
    const { deliveries, results, targets, gate, lookAtSource, analyseAgain } = this.#options
    const target = targets()[this.#name]
    if (target === undefined) return switchedOff
    const kept = results.keptResults(resultKey)
    if (kept === undefined) return purged
    const look = await lookAtSource(kept)
    if (look !== 'unchanged') {
      await analyseAgain(studyInstanceUid)
      return sourceChanged[look]
    }
    // Withdrawn or replaced during the look. No other work comes between this check and the gate, which a withdrawal asks.
    if (!deliveries.isPending(id)) return replacedMeanwhile
    const alone: DeliveryTargets = { [this.#name]: withoutOrder(target) }
    await gate.deliver(resultKey, () => deliverResults(kept.results, priorityOf(kept.prediction), alone))
    return undefined
  }

  #settle(delivery: DueDelivery, outcome: Problem | TriageError | undefined): void {
    const { deliveries, watch, log } = this.#options
    const { id, studyInstanceUid } = delivery
    const facts = { studyInstanceUid, target: this.#name }
    if (outcome === undefined) {
      deliveries.done(id)
      log.info('delivery.done', facts)
    } else if (outcome instanceof Error && !modelRetracted.matches(outcome)) this.#fail(delivery, outcome)
    else {
      const problem = { code: outcome.code, reason: 'reason' in outcome ? outcome.reason : outcome.message }
      deliveries.dropped(id, problem)
      log.info('delivery.dropped', { ...facts, code: problem.code })
    }
    watch.announce()
  }

  #fail({ id, studyInstanceUid, attempt, waitedMs }: DueDelivery, error: TriageError): void {
    const { deliveries, clock, random, retryDays, log } = this.#options
    const facts = { studyInstanceUid, target: this.#name, attempt }
    const problem = { code: error.code, reason: error.message }
    if (error.failureClass === 'permanent' || waitedMs > retryDays() * dayMs) {
      deliveries.dead(id, problem)
      log.failure('delivery.dead', error, facts)
      return
    }
    const waitMs = retryDelayMs(error.failureClass === 'ambiguous' ? 'ambiguous' : 'transient', attempt, random())
    deliveries.retryIn(id, waitMs, clock.now(), problem)
    log.failure('delivery.retrying', error, { ...facts, retryInMs: waitMs })
  }
}

/** The queue has seen to the order already. */
function withoutOrder(target: DeliveryTarget): DeliveryTarget {
  return {
    sends: target.sends,
    sendings: (delivery) => target.sendings(delivery),
    withdraw: (withdrawn) => target.withdraw(withdrawn),
  }
}

const switchedOff: Problem = { code: 'SWITCHED_OFF', reason: 'The settings no longer have this target.' }
const replacedMeanwhile: Problem = { code: 'REPLACED', reason: 'The result was withdrawn or replaced meanwhile.' }
const purged: Problem = { code: 'REPLACED', reason: 'The result is no longer stored.' }
const sourceChanged: Readonly<Record<Exclude<SourceLook, 'unchanged'>, Problem>> = {
  changed: { code: 'REPLACED', reason: 'The patient or order of the study was changed in the archive.' },
  gone: { code: 'DELETED', reason: 'The archive no longer has the image.' },
}
