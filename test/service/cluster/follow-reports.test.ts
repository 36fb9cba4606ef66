import { expect } from 'chai'
import { busy, unauthorized } from '../../../src/clients/http/errors.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { type FollowOptions, catchUp, followReports } from '../../../src/service/cluster/follow-reports.ts'
import { studyUnrecorded } from '../../../src/service/store/errors.ts'
import type { Delivery } from '../../../src/service/cluster/work-reports.ts'
import { log as silent } from '../queue/runner-bench.ts'
import { type SetClock, setClock, studyUid, until } from '../fixtures.ts'

const reconcileEveryMs = 60_000
const study = { studyInstanceUid: studyUid(1) }
const report = (id: string, attempt: number): Delivery => ({
  ...{ id, kind: 'report' },
  report: { kind: 'started', study, attempt },
})

/** A stream of reports in which the first one stays until it is deleted, and a handler that is as slow as a disk. */
class Coordinator {
  readonly journal: string[] = []
  readonly clock: SetClock = setClock()
  readonly left: Delivery[]
  /** Failures of the handler, by attempt of the report. */
  readonly failures = new Map<number, Error>()
  readNothing: () => Promise<undefined> = () => new Promise(setImmediate).then(() => undefined)

  constructor(...left: readonly Delivery[]) {
    this.left = [...left]
  }

  async step(name: string): Promise<void> {
    this.journal.push(name)
    await new Promise(setImmediate)
    this.journal.push(`${name} ended`)
  }

  get options(): FollowOptions {
    const reader = {
      next: (waitMs: number) => {
        if (this.left.length > 0) return Promise.resolve(this.left[0])
        return waitMs === 0 ? Promise.resolve(undefined) : this.readNothing()
      },
      delete: async (id: string) => {
        await this.step(`delete ${id}`)
        this.left.splice(0, this.left.length, ...this.left.filter((one) => one.id !== id))
      },
    }
    const handle = async ({ attempt }: { attempt: number }): Promise<void> => {
      await this.step(`handle ${attempt}`)
      const failure = this.failures.get(attempt)
      if (failure !== undefined) throw failure
    }
    return {
      ...{ reader, handler: { handle }, reconcile: () => this.step('reconcile') },
      ...{ reconcileEveryMs, clock: this.clock },
      log: { ...silent, failure: (event: string) => this.journal.push(event) },
    } as unknown as FollowOptions
  }
}

const whole = (name: string): string[] => [name, `${name} ended`]
const permanent = new TriageError(unauthorized, 'permanent', 'Our user may not.')

describe('reports of workers to the coordinator', () => {
  const followers = {
    'that arrived while it was down': (coordinator: Coordinator) => {
      // It must not wait for new ones.
      coordinator.readNothing = () => new Promise(() => undefined)
      return catchUp(coordinator.options)
    },
    'that arrive': async (coordinator: Coordinator) => {
      const following = followReports(coordinator.options)
      await until(() => coordinator.left.length === 0)
      await following.stop()
    },
  }

  for (const [name, readAll] of Object.entries(followers)) {
    it(`${name} are handled in order, and each is deleted before the next is read`, async () => {
      const coordinator = new Coordinator(report('a', 1), report('b', 2))
      await readAll(coordinator)
      expect(coordinator.journal).to.deep.equal(['handle 1', 'delete a', 'handle 2', 'delete b'].flatMap(whole))
    })

    for (const failure of [permanent, studyUnrecorded()])
      it(`${name} are dropped and logged if they cannot be read or never succeed: ${failure.code}`, async () => {
        const coordinator = new Coordinator(
          { id: 'a', kind: 'unreadable', error: new Error('sealed with another secret') },
          report('b', 2),
          report('c', 3),
        )
        coordinator.failures.set(2, failure)
        await readAll(coordinator)
        const steps = [...whole('delete a'), ...whole('handle 2'), 'report.dropped', ...whole('delete b')]
        const last = [...whole('handle 3'), ...whole('delete c')]
        expect(coordinator.journal).to.deep.equal(['report.unreadable', ...steps, ...last])
      })
  }

  for (const [name, failure] of Object.entries({
    'a transient failure': new TriageError(busy, 'transient', 'The archive is busy.'),
    'an ambiguous failure': new TriageError(busy, 'ambiguous', 'The archive may have stored it.'),
    'an undeclared error': new Error('disk full'),
  })) {
    it(`stay in the stream, with all later ones, after ${name}`, async () => {
      const coordinator = new Coordinator(report('a', 1), report('b', 2))
      coordinator.failures.set(1, failure)
      const following = followReports(coordinator.options)
      await until(() => coordinator.journal.includes('reports.failed'))
      await following.stop()
      expect(coordinator.journal).to.deep.equal([...whole('handle 1'), 'reports.failed'])
      expect(coordinator.left).to.have.length(2)
    })

    it(`prevent the start, and stay in the stream, after ${name}`, async () => {
      const coordinator = new Coordinator(report('a', 1))
      coordinator.failures.set(1, failure)
      const outcome = await catchUp(coordinator.options).catch((error: unknown) => error)
      expect(outcome).to.equal(failure)
      expect(coordinator.left).to.have.length(1)
    })
  }

  it('are handled to their end before a stop returns', async () => {
    const coordinator = new Coordinator(report('a', 1))
    const following = followReports(coordinator.options)
    await until(() => coordinator.journal.includes('handle 1'))
    await following.stop()
    expect(coordinator.journal).to.deep.equal([...whole('handle 1'), ...whole('delete a')])
  })

  it('do not delay a stop while Redis gives no answer', async () => {
    const coordinator = new Coordinator()
    coordinator.readNothing = () => new Promise(() => undefined)
    await followReports(coordinator.options).stop()
    expect(coordinator.journal).to.deep.equal([])
  })

  it('come before a reconciliation, which runs once in its interval and ends before the next read', async () => {
    const coordinator = new Coordinator()
    let reads = 0
    coordinator.readNothing = async () => {
      coordinator.journal.push('read')
      await new Promise(setImmediate)
      reads++
      if (reads === 2) coordinator.clock.advance(reconcileEveryMs - 1)
      if (reads === 3) {
        coordinator.clock.advance(1)
        coordinator.left.push(report('a', 1))
      }
      return undefined
    }
    const following = followReports(coordinator.options)
    await until(() => reads >= 6)
    await following.stop()
    const first = ['read', 'read', 'read', ...whole('reconcile'), ...whole('handle 1'), ...whole('delete a')]
    expect(coordinator.journal.slice(0, first.length + 3)).to.deep.equal([...first, 'read', 'read', 'read'])
    expect(coordinator.journal.filter((step) => step === 'reconcile')).to.have.length(1)
  })

  it('are followed on after a reconciliation that failed', async () => {
    const coordinator = new Coordinator()
    coordinator.readNothing = async () => {
      await new Promise(setImmediate)
      coordinator.clock.advance(reconcileEveryMs)
      return undefined
    }
    const { options } = coordinator
    const following = followReports({ ...options, reconcile: () => Promise.reject(new Error('no answer')) })
    await until(() => coordinator.journal.includes('reports.failed'))
    await following.stop()
    expect(coordinator.journal).to.deep.equal(['reports.failed'])
  })
})
