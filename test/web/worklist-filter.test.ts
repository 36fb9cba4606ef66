import { expect } from 'chai'
import { busy, refused } from '../../src/clients/http/errors.ts'
import { dayMs } from '../../src/clock.ts'
import { TriageError } from '../../src/errors/triage-error.ts'
import { setClock, studyUid, until } from '../service/fixtures.ts'
import { scriptedTarget } from '../service/scripted-target.ts'
import { arrivalOf, withService } from '../service/service-bench.ts'

const find = ({ studyInstanceUid }: { readonly studyInstanceUid: string }) =>
  studyInstanceUid === studyUid(1) ? 0.9 : 0.1

describe('the pages of the worklist', () => {
  it('hold 200 studies each and keep the filter in their links', () =>
    withService({ find }, async ({ ask, store }) => {
      for (let number = 1; number <= 201; number++)
        store.studies.arrived({ studyInstanceUid: studyUid(number) }, new Date())
      const page = async (query: string) => (await ask(`/worklist?${query}`)).text()
      const studies = (text: string) => text.match(/<tr id="study-/g)?.length ?? 0
      const first = await page('state=waiting')
      const narrowed = await page('decision=none&period=7')
      expect(narrowed).to.match(/href="\?period=7&amp;decision=none&amp;page=2"/)
      expect(studies(first)).to.equal(200)
      expect(first).to.include('201 studies: 201 pending').and.include('Studies 1 to 200, page 1 of 2')
      const next = /rel="next"\s+href="\?([^"]*)"/.exec(first)?.[1] ?? ''
      expect(next.split('&amp;')).to.have.members(['period=1', 'state=waiting', 'page=2'])
      const second = await page(next.replaceAll('&amp;', '&'))
      expect(studies(second)).to.equal(1)
      expect(second)
        .to.include('Studies 201 to 201, page 2 of 2')
        .and.include('rel="prev"')
        .and.not.include('rel="next"')
      for (const query of ['page=-1', 'page=x', 'page=1&page=2', 'page=1e99'])
        expect(await page(query), query).to.include('page 1 of 2')
      expect(await page('page=77')).to.include('page 2 of 2')
      expect(await page('search=none')).not.to.include('rel="next"')
    }))
})

describe('the filter of the worklist', () => {
  it('is read from the query by the page and by /worklist; invalid values are ignored', () =>
    withService({ find }, async ({ ask, feed, store }) => {
      for (const number of [1, 2, 3]) {
        await feed(arrivalOf(studyUid(number)))
        await until(() => store.studies.get(studyUid(number))?.progress.state === 'done')
      }
      const named = async (path: string) => {
        const page = await (await ask(path)).text()
        return [...page.matchAll(/href="studies\/[0-9.]+"\s*>(.*?)<\/a/g)].map(([, name]) => name)
      }
      for (const path of ['/', '/worklist']) {
        expect(await named(`${path}?decision=present`), path).to.deep.equal(['A-1'])
        expect(await named(`${path}?decision=absent&state=done`), path).to.deep.equal(['A-2', 'A-3'])
        expect(await named(`${path}?state=dead`), path).to.deep.equal([])
        expect(await named(`${path}?search=a-2`), path).to.deep.equal(['A-2'])
        expect(await named(`${path}?search=${encodeURIComponent(`…${studyUid(3).slice(-8)}`)}`)).to.deep.equal(['A-3'])
        expect(await named(`${path}?search=PLANTED`), path).to.deep.equal([])
        expect(await named(`${path}?decision=nonsense&decision=x`), path).to.deep.equal(['A-1', 'A-2', 'A-3'])
      }
      const page = await (await ask('/?search=%22%3E%3Cscript%3E')).text()
      expect(page).to.include('&quot;&gt;&lt;script&gt;').and.not.include('<script>')
    }))
})

describe('a study whose results do not reach a target', () => {
  const hourMs = 60 * 60_000
  const [first, second, third] = [studyUid(1), studyUid(2), studyUid(3)]
  const wrong = new TriageError(refused, 'permanent', 'The FHIR server refused it: no such code.')
  const down = new TriageError(busy, 'transient', 'The FHIR server is busy.')
  /** The delivery of the first study fails for good, that of the second for now; the third is delivered. */
  const fhir = scriptedTarget((uid) => {
    if (uid === third) return Promise.resolve()
    return Promise.reject(uid === first ? wrong : down)
  })

  it('is marked and found by the filter while its delivery is late or needs a look, however old it is', () => {
    const clock = setClock()
    return withService({ find, clock, targets: { fhir } }, async ({ ask, feed, store }) => {
      for (const uid of [first, second, third]) {
        await feed(arrivalOf(uid))
        await until(() => store.studies.get(uid)?.progress.state === 'done')
      }
      const stateOf = (uid: string) => store.deliveries.ofStudy(uid)[0]
      await until(() => stateOf(first)?.state === 'dead' && stateOf(second)?.attempts === 1)
      await until(() => stateOf(third)?.state === 'done')
      const listed = async (query: string) => {
        const page = await (await ask(`/worklist?${query}`)).text()
        const rows = page.split('<tr id="study-').slice(1)
        const words = rows.map((row) => /FHIR server: delivery [\w, ]+/.exec(row)?.[0])
        return rows.map((row, place) => [/^[0-9.]+/.exec(row)?.[0], words[place]])
      }
      const failed = [first, 'FHIR server: delivery failed, needs a look']
      const late = [second, 'FHIR server: delivery is late']
      expect(await listed('state=undelivered')).to.deep.equal([failed])
      clock.advance(hourMs)
      expect(await listed('state=undelivered'), 'an hour is not late').to.deep.equal([failed])
      clock.advance(1)
      expect(await listed('state=undelivered')).to.deep.equal([failed, late])
      expect(await listed('state=done')).to.deep.equal([failed, late, [third, undefined]])
      expect(await (await ask('/worklist?state=undelivered')).text()).to.include('2 not delivered')
      clock.advance(3 * dayMs)
      expect(await listed('period=1'), 'the delivered one is too old').to.deep.equal([failed, late])
      const acknowledgement = { at: clock.now(), actor: 'token', reason: 'Sent by hand.' } as const
      store.deliveries.acknowledge(first, 'fhir', acknowledgement)
      expect(await listed('period=1')).to.deep.equal([late])
      expect(await listed('period=all&state=undelivered')).to.deep.equal([late])
    })
  })
})
