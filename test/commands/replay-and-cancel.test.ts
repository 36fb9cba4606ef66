import { expect } from 'chai'
import { refused } from '../../src/clients/http/errors.ts'
import { TriageError, defineError } from '../../src/errors/triage-error.ts'
import type { StudyOutcome } from '../../src/pipeline.ts'
import { studyUid, until } from '../service/fixtures.ts'
import { scriptedTarget } from '../service/scripted-target.ts'
import { arrivalOf, withService } from '../service/service-bench.ts'
import { commandInProcess } from './command-in-process.ts'
import { configurationFor, found, run, stateOf } from './queue-command.ts'

const broken = defineError('TEST_BROKEN', 'permanent', () => 'The image cannot be read.')

const inProcess = (configuration: string, ...args: readonly string[]) =>
  commandInProcess(...args, '--orthanc-config', configuration)

describe('replay and cancel', function () {
  this.timeout(60_000)
  const [first, second] = [studyUid(1), studyUid(2)]

  it('replay retries all dead letters, or one study', async () => {
    let mended = false
    const find = ({ studyInstanceUid }: { studyInstanceUid: string }): Promise<StudyOutcome> =>
      mended ? Promise.resolve(found(studyInstanceUid)) : Promise.reject(broken())
    await withService({ find }, async (bench) => {
      const configuration = await configurationFor(bench, undefined)
      for (const uid of [first, second]) await bench.feed(arrivalOf(uid))
      await until(() => [first, second].every((uid) => stateOf(bench, uid) === 'dead'))
      mended = true
      const one = await run(configuration, 'replay', '--study', first, '--json')
      expect(JSON.parse(one.stdout)).to.deep.equal({ studyInstanceUid: first, effect: 'queued' })
      await until(() => stateOf(bench, first) === 'done')
      expect(stateOf(bench, second)).to.equal('dead')
      const dead = await inProcess(configuration, 'replay', '--dead', '--json')
      expect(JSON.parse(dead.stdout)).to.deep.equal({ studyInstanceUid: second, effect: 'queued' })
      await until(() => stateOf(bench, second) === 'done')
      expect((await inProcess(configuration, 'replay', '--dead')).stderr).to.include('no dead letter')
      const unknown = await inProcess(configuration, 'replay', '--study', studyUid(3))
      expect([unknown.code, unknown.stderr.includes('Unknown study')]).to.deep.equal([1, true])
      expect((await inProcess(configuration, 'replay', '--dead', '--study', first)).code).to.equal(2)
    })
  })

  it('replay --dead retries failed deliveries too, but not those that were acknowledged', async () => {
    const wrong = new TriageError(refused, 'permanent', 'The FHIR server refused it.')
    let mended = false
    const fhir = scriptedTarget(() => (mended ? Promise.resolve() : Promise.reject(wrong)))
    await withService({ targets: { fhir } }, async (bench) => {
      const { deliveries } = bench.store
      const configuration = await configurationFor(bench, undefined)
      for (const uid of [first, second]) await bench.feed(arrivalOf(uid))
      await until(() => [first, second].every((uid) => deliveries.ofStudy(uid)[0]?.state === 'dead'))
      deliveries.acknowledge(second, 'fhir', { at: new Date(), actor: 'token', reason: 'Sent by hand.' })
      mended = true
      const dead = await inProcess(configuration, 'replay', '--dead', '--json')
      expect(JSON.parse(dead.stdout)).to.deep.equal({ studyInstanceUid: first, target: 'fhir', effect: 'queued' })
      expect(dead.stderr).to.not.include('no dead letter')
      await until(() => deliveries.ofStudy(first)[0]?.state === 'done')
      expect(deliveries.ofStudy(second)[0]?.state).to.equal('dead')
      expect((await inProcess(configuration, 'replay', '--dead')).stderr).to.include('no dead letter')
    })
  })

  it('cancel removes a queued study, and reports a study in progress', async () => {
    const released = Promise.withResolvers<StudyOutcome>()
    await withService({ find: () => released.promise }, async (bench) => {
      const configuration = await configurationFor(bench, undefined)
      const waiting = studyUid(3)
      for (const uid of [first, second, waiting]) await bench.feed(arrivalOf(uid))
      await until(() => stateOf(bench, second) === 'active')
      const out = await run(configuration, 'cancel', '--study', waiting, '--json')
      expect([out.code, out.stdout.includes('"cancelled"')]).to.deep.equal([0, true])
      expect(bench.store.studies.get(waiting)?.progress).to.have.nested.property('problem.code', 'CANCELLED')
      const busy = await inProcess(configuration, 'cancel', '--study', first)
      expect([busy.code, busy.stdout.includes('in progress')]).to.deep.equal([1, true])
      released.resolve(found(first))
    })
  })
})
