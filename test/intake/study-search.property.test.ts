import { expect } from 'chai'
import fc from 'fast-check'
import { StudySearch } from '../../src/intake/study-search.ts'
import { withAnswers } from '../servers/http-answers.ts'

/** An archive that lists the newest study first, in pages of its own sizes. */
interface Archive {
  readonly studies: string[]
  /** The page sizes of its answers, in turn. */
  readonly pages: readonly number[]
  /** The studies that arrive before an answer, by its number. */
  readonly arriving: readonly number[]
  readonly ignoresOffset: boolean
}

interface Asked {
  readonly offset: number
  readonly returned: number
}

/** Answers each request of a search, and records it. */
function answers({ studies, pages, arriving, ignoresOffset }: Archive, asked: Asked[]) {
  return (url: string): readonly string[] => {
    const { searchParams } = new URL(url, 'http://archive')
    const number = asked.length
    const arrived = arriving.filter((one) => one === number).map((_, index) => `9.${number}.${index + 1}`)
    studies.unshift(...arrived)
    const offset = Number(searchParams.get('offset'))
    const limit = Math.min(pages[number % pages.length]!, Number(searchParams.get('limit')))
    const from = ignoresOffset ? 0 : offset
    const page = studies.slice(from, from + limit)
    asked.push({ offset, returned: page.length })
    return page
  }
}

const search = async (archive: Archive, pageSize: number): Promise<{ found: string[]; asked: Asked[] }> => {
  const asked: Asked[] = []
  const answer = answers(archive, asked)
  let found: string[] = []
  await withAnswers(
    (request, response) => {
      const page = answer(request.url ?? '')
      if (page.length === 0) response.writeHead(204).end()
      else response.writeHead(200).end(JSON.stringify(page.map((uid) => ({ '0020000D': { vr: 'UI', Value: [uid] } }))))
    },
    async (service) => {
      const studies = await new StudySearch(service, pageSize).studiesOf({ from: '20260301' })
      found = studies.map(({ studyInstanceUid }) => studyInstanceUid)
    },
  )
  return { found, asked }
}

const catalogue = fc.nat({ max: 25 }).map((count) => Array.from({ length: count }, (_, index) => `1.${index + 1}`))

const pageSize = fc.integer({ min: 1, max: 30 })
/** An archive may return fewer matches than asked for, and each time another number. */
const pages = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 })

describe('searching any archive by QIDO-RS', () => {
  it('finds every study exactly once, whatever the sizes of the pages and while one study arrives', () =>
    fc.assert(
      fc.asyncProperty(catalogue, pageSize, pages, fc.nat({ max: 8 }), async (studies, size, sizes, arrival) => {
        const archive = { studies: [...studies], pages: sizes, arriving: [arrival], ignoresOffset: false }
        const { found, asked } = await search(archive, size)
        expect(found.filter((uid) => studies.includes(uid))).to.have.members(studies)
        expect(new Set(found).size).to.equal(found.length)
        expect(asked.length).to.be.at.most(studies.length + 3)
        // Each page starts where the pages before it ended.
        const starts = asked.map((_, index) => asked.slice(0, index).reduce((sum, { returned }) => sum + returned, 0))
        expect(asked.map(({ offset }) => offset)).to.deep.equal(starts)
      }),
      { numRuns: 120 },
    ))

  it('finds the first page of an archive that ignores the offset, and asks it at most three times', () =>
    fc.assert(
      fc.asyncProperty(catalogue, pageSize, async (studies, size) => {
        const archive = { studies: [...studies], pages: [size], arriving: [], ignoresOffset: true }
        const { found, asked } = await search(archive, size)
        expect(found).to.deep.equal(studies.slice(0, size))
        expect(asked.length).to.be.at.most(3)
      }),
      { numRuns: 30 },
    ))

  it('goes on behind a page that only repeats known studies because as many arrived', async () => {
    const archive = { studies: ['1.1', '1.2', '1.3', '1.4'], pages: [2], arriving: [1, 1], ignoresOffset: false }
    const { found } = await search(archive, 2)
    expect(found).to.include.members(['1.1', '1.2', '1.3', '1.4'])
  })
})
