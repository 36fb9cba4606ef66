import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { signedHeaders } from '../../../src/clients/http/request-signature.ts'
import { studyUid, until } from '../../service/fixtures.ts'
import { type ServiceBench, arrivalOf, pluginKey, token, withService } from '../../service/service-bench.ts'

const uid = studyUid(1)

/** Headers of the Orthanc plugin, for an Orthanc user or for itself. */
function signed(method: string, path: string, actor: string): Record<string, string> {
  return signedHeaders(pluginKey, { method, path, actor, time: String(Date.now()), nonce: randomUUID() })
}

async function push({ ask }: ServiceBench, body: unknown): Promise<unknown> {
  const headers = { ...signed('POST', '/api/studies', 'plugin'), 'Content-Type': 'application/json' }
  const answer = await ask('/api/studies', { method: 'POST', headers, body: JSON.stringify(body) })
  expect(answer.status).to.equal(202)
  return answer.json()
}

describe('requests signed by the Orthanc plugin', () => {
  it('admit users of Orthanc and record their names in the action log', () =>
    withService({}, async (bench) => {
      const { ask, feed, store } = bench
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      const page = await ask('/?period=all', { headers: signed('GET', '/?period=all', 'orthanc:dr.m%C3%BCller') })
      expect(page.status).to.equal(200)
      const path = `/studies/${uid}/pictures/0`
      expect((await ask(path, { headers: signed('GET', path, 'orthanc:dr.m%C3%BCller') })).status).to.equal(200)
      expect(store.actions.latest(1)[0]).to.deep.include({
        actor: 'orthanc:dr.müller',
        action: 'view-picture',
        studyInstanceUid: uid,
      })
    }))

  it('change nothing for a user of Orthanc if the X-Lung-Triage header is missing (CSRF)', () =>
    withService({}, async ({ ask, feed, store }) => {
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      const path = `/api/studies/${uid}/retry`
      const retry = (more: Record<string, string>) =>
        ask(path, { method: 'POST', headers: { ...signed('POST', path, 'orthanc:dr'), ...more } })
      expect((await retry({})).status).to.equal(403)
      expect((await retry({ 'X-Lung-Triage': 'page' })).status).to.equal(202)
      expect(store.actions.latest(1)[0]).to.deep.include({ actor: 'orthanc:dr', action: 'retry' })
    }))

  it('are refused if forged or replayed, even with a valid token', () =>
    withService({}, async ({ ask }) => {
      const bearer = { Authorization: `Bearer ${token}` }
      const good = signed('GET', '/api/studies', 'orthanc:dr')
      const forged: Record<string, string>[] = [
        { 'X-Lung-Triage-Actor': 'orthanc:dr' },
        { 'X-Lung-Triage-Signature': 'x' },
        { ...good, 'x-lung-triage-actor': 'orthanc:root' },
        signed('GET', '/', 'orthanc:dr'),
        { 'Remote-User': 'dr' },
        { 'X-Remote-User': 'dr' },
        { 'X-Forwarded-User': 'dr' },
      ]
      for (const headers of forged) {
        expect((await ask('/api/studies', { headers })).status, JSON.stringify(headers)).to.equal(401)
        expect((await ask('/api/studies', { headers: { ...bearer, ...headers } })).status).to.equal(401)
      }
      expect((await ask('/api/studies', { headers: good })).status).to.equal(200)
      expect((await ask('/api/studies', { headers: good })).status, 'a replay').to.equal(401)
      expect((await ask('/api/studies', { headers: bearer })).status).to.equal(200)
    }))

  it('submit a study only once until it has new images', () =>
    withService({}, async (bench) => {
      const study = { studyInstanceUid: uid, orthancId: '12345678-12345678-12345678-12345678-12345678' }
      const image = (instanceCount: number) => ({ seriesInstanceUid: `${uid}.1`, modality: 'CR', instanceCount })
      const result = { seriesInstanceUid: `${uid}.9`, modality: 'SR', instanceCount: 1 }
      expect(await push(bench, { ...study, series: [image(1)] })).to.deep.equal({ effect: 'queued' })
      await until(() => bench.store.studies.get(uid)?.progress.state === 'done')
      expect(bench.store.actions.latest(1)[0]).to.deep.include({ actor: 'plugin', action: 'submit' })
      expect(await push(bench, { ...study, series: [image(1), result] })).to.deep.equal({ effect: 'unchanged' })
      expect(await push(bench, { ...study, series: [image(2), result] })).to.deep.equal({ effect: 'queued' })
    }))
})
