import { expect } from 'chai'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { busy } from '../../../src/clients/http/errors.ts'
import { pictureFile, prediction, resultsOf, studyUid, until } from '../../service/fixtures.ts'
import { type BenchOptions, type ServiceBench, arrivalOf, token, withService } from '../../service/service-bench.ts'

const uid = studyUid(1)

async function analysed(bench: ServiceBench): Promise<void> {
  await bench.feed(arrivalOf(uid))
  await until(() => bench.store.studies.get(uid)?.progress.state === 'done')
}

const retract = ({ ask }: ServiceBench, model: unknown) =>
  ask('/api/retractions', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ model }),
  })

/** A service with one analysed study whose model was then retracted by its version. */
const withRetracted = (options: BenchOptions, test: (bench: ServiceBench) => Promise<void>) =>
  withService(options, async (bench) => {
    await analysed(bench)
    expect((await retract(bench, '0.1.0')).status).to.equal(202)
    await until(() => bench.store.retractions.progress('pneumonia/0.1.0').pending === 0)
    await test(bench)
  })

describe('retracting a model over the API', () => {
  it('answers immediately and reports progress', () =>
    withService({ find: () => 0.9 }, async (bench) => {
      await analysed(bench)
      const answer = (await (await retract(bench, 'pneumonia/0.1.0')).json()) as Record<string, unknown>
      expect(answer).to.include({ model: 'pneumonia/0.1.0', actor: 'token', failed: 0 })
      expect(Number(answer['pending']) + Number(answer['done'])).to.equal(1)
      await until(async () => {
        const state = await (await bench.ask('/api/retractions/pneumonia/0.1.0')).json()
        return (state as { done: number }).done === 1
      })
      expect(bench.store.actions.latest(1)[0]).to.deep.include({ action: 'retract', actor: 'token' })
      expect(await (await bench.ask('/api/retractions')).json()).to.have.nested.property('retractions.length', 1)
    }))

  it('reports the problem that blocks it, and logs no UID', () => {
    const archiveBusy = new TriageError(busy, 'transient', 'The archive is busy.')
    return withService({ find: () => 0.9, withdraw: () => Promise.reject(archiveBusy) }, async (bench) => {
      await analysed(bench)
      await retract(bench, '0.1.0')
      const state = async () => (await (await bench.ask('/api/retractions/pneumonia/0.1.0')).json()) as object
      await until(async () => JSON.stringify(await state()).includes('HTTP_BUSY'))
      expect(await state()).to.deep.include({
        pending: 1,
        problems: [{ code: 'HTTP_BUSY', reason: archiveBusy.message }],
      })
      expect(bench.logLines.join()).to.include('withdrawal.retrying').and.not.include(uid)
    })
  })

  it('refuses an unknown model and names the known ones', () =>
    withService({}, async (bench) => {
      for (const model of ['0.1', 'pneumonia/9.9.9', '.0', '']) {
        const answer = await retract(bench, model)
        expect(answer.status, model).to.equal(model === '' ? 400 : 404)
        if (model !== '') expect(await answer.text()).to.include('Known models: pneumonia/0.1.0')
      }
      expect((await retract(bench, undefined)).status).to.equal(400)
      expect((await bench.ask('/api/retractions/pneumonia/0.1.0')).status).to.equal(404)
      expect(bench.store.retractions.all()).to.deep.equal([])
    }))
})

describe('a study whose model was retracted', () => {
  it('is shown as withdrawn, without a probability, outside the group of studies with pneumonia present', () =>
    withRetracted({ find: () => 0.87 }, async ({ ask }) => {
      const page = await (await ask('/')).text()
      const row = /<tr id="study-[^]*?<\/tr>/.exec(page)?.[0] ?? ''
      expect(row).to.include('Withdrawn').and.include('pneumonia 0.1.0 was retracted on')
      expect(row).to.not.match(/0\.87|%|class="bar"|Pneumonia present|pictures\/0/)
      expect(page.indexOf('id="group-others"')).to.be.below(page.indexOf('id="study-'))
      expect(page).to.include('1 withdrawn').and.include(`id="retry-${uid}"`)
      expect(page).to.include('role="alert"').and.include('Analysis has stopped: the model pneumonia 0.1.0')
      const study = (await (await ask(`/api/studies/${uid}`)).json()) as { finding: object }
      expect(study.finding).to.include({ kind: 'withdrawn' })
      expect(JSON.stringify(study)).to.not.match(/probabilit|0\.87|decision/)
    }))

  it('answers 410 for its pictures', async () => {
    const jpeg = await pictureFile(64)
    await withRetracted({ jpeg }, async ({ ask, store }) => {
      const { resultKey } = store.results.ofStudy(uid)[0]!
      for (const path of ['0', '0/thumbnail', `0?result=${resultKey}`]) {
        const answer = await ask(`/studies/${uid}/pictures/${path}`)
        expect(answer.status, path).to.equal(410)
        expect(await answer.json()).to.include({ code: 'SERVICE_RESULT_WITHDRAWN' })
      }
    })
  })
})

describe("a study's results of earlier models", () => {
  it('remain listed with their pictures', async () => {
    const pictures = [await pictureFile(40), await pictureFile(60)]
    await withService({ jpeg: pictures[1]! }, async (bench) => {
      const older = prediction(uid, 0.1)
      const results = { ...resultsOf(older, pictures[0]!), resultKey: 'older' }
      const model = { ...older.model, version: '0.0.9' }
      bench.store.results.keepResults({ prediction: { ...older, model }, results })
      await analysed(bench)
      const listed = (await (await bench.ask(`/api/studies/${uid}/results`)).json()) as { results: { model: string }[] }
      expect(listed.results.map((result) => result.model)).to.deep.equal(['pneumonia/0.0.9', 'pneumonia/0.1.0'])
      const picture = async (query: string) =>
        new Uint8Array(await (await bench.ask(`/studies/${uid}/pictures/0${query}`)).arrayBuffer())
      expect(await picture('?result=older')).to.deep.equal(pictures[0])
      expect(await picture('')).to.deep.equal(pictures[1])
      expect((await bench.ask(`/studies/${uid}/pictures/0?result=of-another-study`)).status).to.equal(404)
    })
  })
})
