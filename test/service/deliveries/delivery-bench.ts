import type { BackgroundWork } from '../../../src/background.ts'
import { modelName } from '../../../src/classify/model-name.ts'
import { busy, refused } from '../../../src/clients/http/errors.ts'
import type { TargetName } from '../../../src/deliver/delivery-targets.ts'
import type { DeliveryTarget } from '../../../src/deliver/target.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { DeliveryWatch } from '../../../src/service/deliveries/delivery-watch.ts'
import type { SourceLook } from '../../../src/service/deliveries/look-at-source.ts'
import { runDeliveries } from '../../../src/service/deliveries/run-deliveries.ts'
import { ModelGate } from '../../../src/service/retraction/model-gate.ts'
import type { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { type SetClock, model, prediction, resultsOf, setClock, studyUid } from '../fixtures.ts'
import { log } from '../queue/runner-bench.ts'
import { withStore } from '../store/with-store.ts'

export const uid = studyUid(1)
export const found = prediction(uid, 0.9)
export const kept = { prediction: found, results: resultsOf(found, Uint8Array.of(1)) }
export const down = new TriageError(busy, 'transient', 'The record system is busy.')
export const wrong = new TriageError(refused, 'permanent', 'The record system refused it: no such code.')

export interface DeliveryBench {
  readonly store: SqliteStore
  readonly clock: SetClock
  /** What reached which target: `archive present` for its first result. */
  readonly sent: string[]
  readonly analysedAgain: string[]
  /** Answers of a target, by name; undefined: it takes what it gets. */
  readonly answers: Partial<Record<TargetName, () => Promise<void>>>
  /** Throws if the state cannot be written. */
  requireSound: () => void
  /** What the archive says of the study. */
  look: () => Promise<SourceLook>
  targets: readonly TargetName[]
  readonly queue: (results?: { resultKey: string; studyInstanceUid: string }) => void
  readonly start: () => BackgroundWork
  readonly stateOf: (target: TargetName) => string | undefined
}

export const withDeliveries = (test: (bench: DeliveryBench) => Promise<void>) =>
  withStore(async (open) => {
    const store = open()
    const clock = setClock()
    const watch = new DeliveryWatch()
    const running: BackgroundWork[] = []
    const targetOf = (name: TargetName): DeliveryTarget => ({
      sends: ['fhir'],
      ...(name === 'sendTo' && { after: 'archive' as const }),
      sendings: ({ results, priority }) => ({
        fhir: async () => {
          await bench.answers[name]?.()
          bench.sent.push(`${name} ${results.resultKey === kept.results.resultKey ? priority : results.resultKey}`)
          return { status: 'stored' }
        },
      }),
      withdraw: () => Promise.resolve(true),
    })
    const bench: DeliveryBench = {
      ...{ store, clock, sent: [], analysedAgain: [], answers: {} },
      requireSound: () => undefined,
      look: () => Promise.resolve('unchanged'),
      targets: ['archive', 'sendTo', 'fhir'],
      queue: (results = kept.results) => {
        store.deliveries.queue(results, bench.targets, clock.now())
        watch.announce()
      },
      start: () => {
        running.push(
          runDeliveries({
            ...{ clock, log, watch, deliveries: store.deliveries, results: store.results, idleMs: 1, random: () => 0 },
            targets: () => Object.fromEntries(bench.targets.map((name) => [name, targetOf(name)])),
            gate: new ModelGate([modelName(model)], store.retractions),
            lookAtSource: () => bench.look(),
            analyseAgain: (studyInstanceUid) => Promise.resolve(bench.analysedAgain.push(studyInstanceUid)),
            retryDays: () => 1 / 24,
            requireSound: () => {
              bench.requireSound()
            },
          }),
        )
        return running.at(-1)!
      },
      stateOf: (target) => store.deliveries.ofStudy(uid).find((one) => one.target === target)?.state,
    }
    store.studies.arrived({ studyInstanceUid: uid }, clock.now())
    store.results.keepResults(kept)
    try {
      await test(bench)
    } finally {
      for (const one of running) await one.stop()
    }
  })
