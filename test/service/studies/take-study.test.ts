import { expect } from 'chai'
import type { StudyRef } from '../../../src/intake/study.ts'
import { arrivalTaker, missingTaker, resumeStudies, studyTaker } from '../../../src/service/studies/take-study.ts'
import { prediction, resultsOf, studyUid, until } from '../fixtures.ts'
import { hooked, log, onBench, one, outcomeFor, two } from '../queue/runner-bench.ts'

describe('study intake', () => {
  const series = (seriesInstanceUid: string, instanceCount: number) => ({
    seriesInstanceUid,
    modality: 'CR',
    instanceCount,
  })

  it('queues a study that grew or lost its results, but not one that only received our own results', () =>
    onBench(async ({ take, store, start, stateOf, queue }) => {
      const arrived = arrivalTaker(store, take, log)
      const results = resultsOf(prediction(one.studyInstanceUid, 0.8), Uint8Array.of(1))
      let runs = 0
      start((study) => {
        runs++
        store.results.keepResults({ prediction: prediction(study.studyInstanceUid, 0.8), results })
        return Promise.resolve(outcomeFor(study))
      })
      const settled = () => until(async () => (await queue.unfinished()).length === 0)
      const own = series(results.parts.structuredReport![0]!.seriesInstanceUid, 2)
      await arrived({ study: one, series: [series('1.2.1', 1)] })
      await settled()
      expect(stateOf(one.studyInstanceUid)).to.equal('done')
      await arrived({ study: one, series: [own, series('1.2.1', 1)] })
      await settled()
      expect(runs).to.equal(1)
      await arrived({ study: one, series: [series('1.2.1', 2), own] })
      await settled()
      expect(runs).to.equal(2)
      await arrived({ study: one, series: [series('1.2.1', 2), own] })
      await settled()
      expect(runs).to.equal(2)
      await arrived({ study: one, series: [series('1.2.1', 2)] })
      await settled()
      expect(runs, 'results deleted with the study').to.equal(3)
    }))

  it('queues a compared study that lost its results only if something arrived after they were delivered', () =>
    onBench(async ({ take, store, start, queue }) => {
      const arrived = arrivalTaker(store, take, log)
      const results = resultsOf(prediction(one.studyInstanceUid, 0.8), Uint8Array.of(1))
      let runs = 0
      start((study) => {
        runs++
        store.results.keepResults({ prediction: prediction(study.studyInstanceUid, 0.8), results })
        return Promise.resolve(outcomeFor(study))
      })
      const settled = () => until(async () => (await queue.unfinished()).length === 0)
      await arrived({ study: one, series: [series('1.2.1', 1)] })
      await settled()
      const { updatedAt } = store.studies.get(one.studyInstanceUid)!
      await arrived({ study: one, series: [series('1.2.1', 1)], foundFrom: updatedAt })
      await settled()
      expect(runs, 'its results are in another archive').to.equal(1)
      await arrived({ study: one, series: [series('1.2.1', 1)], foundFrom: new Date(updatedAt.getTime() + 1) })
      await settled()
      expect(runs, 'sent again without its results').to.equal(2)
    }))

  it('does not queue an unknown study that was reported before the state was lost, but a known one that grew', () =>
    onBench(async ({ take, store, stateOf }) => {
      const arrived = arrivalTaker(store, take, log)
      expect(await arrived({ study: one, series: [series('1.2.1', 1)], reported: true })).to.equal('unchanged')
      expect(stateOf(one.studyInstanceUid)).to.equal(undefined)
      await arrived({ study: one, series: [series('1.2.1', 1)] })
      await arrived({ study: one, series: [series('1.2.1', 2)], reported: true })
      expect(store.studies.content(one.studyInstanceUid)).to.equal('{"":{"series":{"1.2.1":{"count":2}}}}')
    }))

  it('looks again at ended studies that the archive no longer lists, once', () =>
    onBench(async ({ take, store, queue, recorder, clock }) => {
      const [here, gone, running, byUid] = [1, 2, 3, 4].map((number) => ({
        studyInstanceUid: studyUid(number),
        ...(number < 4 && { orthancId: `id ${number}` }),
      }))
      for (const study of [here!, gone!, running!, byUid!]) recorder.arrived(study)
      for (const study of [here!, gone!, byUid!])
        store.studies.moveTo(study.studyInstanceUid, { state: 'done' }, clock.now())
      const compare = missingTaker(store, take)
      await compare(new Set(['id 1']))
      expect((await queue.unfinished()).map(({ study }) => study)).to.deep.equal([gone])
      await queue.cancel(gone!.studyInstanceUid)
      recorder.skipped(gone!, { code: 'DELETED', reason: 'gone' })
      await compare(new Set(['id 1']))
      expect(await queue.unfinished()).to.deep.equal([])
    }))

  it('queues a recorded study that has no job', () =>
    onBench(async ({ recorder, queue, store }) => {
      recorder.arrived(one)
      expect(await resumeStudies(store.studies, recorder, queue)).to.equal(1)
      expect(await queue.job(one.studyInstanceUid)).to.deep.include({ state: 'waiting' })
      expect(await resumeStudies(store.studies, recorder, queue)).to.equal(0)
    }))

  it('records a study before a worker can claim it', () =>
    onBench(async ({ recorder, stateOf, queue }) => {
      const recorded: unknown[] = []
      const watched = hooked(queue, 'enqueue', (study) => recorded.push(stateOf((study as StudyRef).studyInstanceUid)))
      const take = studyTaker(recorder, watched, log)
      await take(one, 'normal', 'arrived')
      await take(two, 'urgent', 'asked-for')
      expect(recorded).to.deep.equal(['waiting', 'waiting'])
    }))
})
