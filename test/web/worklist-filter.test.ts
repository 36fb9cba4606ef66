import { expect } from 'chai'
import { studyUid, until } from '../service/fixtures.ts'
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
