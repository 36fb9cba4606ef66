import { expect } from 'chai'
import { StudySearch } from '../../src/intake/study-search.ts'
import { failureOf } from '../servers/failure-of.ts'
import { withAnswers } from '../servers/http-answers.ts'

interface PagedOptions {
  readonly matches: readonly object[]
  /** The archive returns at most so many matches. */
  readonly limit: number
  readonly pageSize?: number | undefined
}

/** An archive that returns pages. `offsets` are those it was asked for. */
const paged = (
  { matches, limit, pageSize }: PagedOptions,
  test: (search: StudySearch, offsets: readonly number[]) => Promise<void>,
) => {
  const offsets: number[] = []
  return withAnswers(
    (request, response) => {
      const { searchParams } = new URL(request.url ?? '', 'http://archive')
      const offset = Number(searchParams.get('offset'))
      offsets.push(offset)
      const page = matches.slice(offset, offset + Math.min(limit, Number(searchParams.get('limit'))))
      if (page.length === 0) response.writeHead(204).end()
      else response.writeHead(200, { 'Content-Type': 'application/dicom+json' }).end(JSON.stringify(page))
    },
    (archive) => test(new StudySearch(archive, pageSize), offsets),
  )
}

const answering = (answer: string | undefined, test: (search: StudySearch) => Promise<void>) =>
  withAnswers(
    (_request, response) => {
      if (answer === undefined) response.writeHead(204).end()
      else response.writeHead(200, { 'Content-Type': 'application/dicom+json' }).end(answer)
    },
    (archive) => test(new StudySearch(archive)),
  )

const study = (uid: string, modality?: string) => ({
  '0020000D': { vr: 'UI', Value: [uid] },
  ...(modality !== undefined && { '00080061': { vr: 'CS', Value: [modality] } }),
  '00201208': { vr: 'IS', Value: ['7'] },
})
const series = (uid: string) => ({
  '0020000E': { vr: 'UI', Value: [uid] },
  '00080060': { vr: 'CS', Value: ['CR'] },
  '00201209': { vr: 'IS', Value: [1] },
})
const uids = (count: number) => Array.from({ length: count }, (_, index) => `1.${index + 1}`)
const days = { from: '20210301' }

describe('searching an archive by QIDO-RS', () => {
  for (const [name, limit, pageSize, offsets] of [
    ['fewer than were asked for', 2, 500, [0, 2, 4, 6, 7]],
    ['one at a time', 1, 3, [0, 1, 2, 3, 4, 5, 6, 7]],
    ['as many as were asked for', 500, 3, [0, 3, 6, 7]],
    ['all at once', 500, undefined, [0, 7]],
  ] as const) {
    it(`finds every study if the archive returns ${name}`, () =>
      paged({ matches: uids(7).map((uid) => study(uid)), limit, pageSize }, async (search, asked) => {
        const found = await search.studiesOf(days)
        expect(found.map((one) => one.studyInstanceUid)).to.deep.equal(uids(7))
        expect(asked).to.deep.equal(offsets)
      }))

    it(`finds every series if the archive returns ${name}`, () =>
      paged({ matches: uids(7).map(series), limit, pageSize }, async (search) => {
        expect((await search.seriesOf('1.2')).map((one) => one.seriesInstanceUid)).to.deep.equal(uids(7))
      }))
  }

  it('finds a radiograph behind pages of other studies', () => {
    const matches = [...uids(4).map((uid) => study(uid, 'CT')), study('1.9', 'DX')]
    return paged({ matches, limit: 2 }, async (search) => {
      const [found, ...others] = await search.studiesOf(days)
      expect(found).to.deep.include({ studyInstanceUid: '1.9', instanceCount: 7 })
      expect(others).to.deep.equal([])
    })
  })

  it('finds each study once if a page repeats one, because another has come in between', () =>
    paged({ matches: ['1.1', '1.2', '1.2', '1.3', '1.4'].map((uid) => study(uid)), limit: 2 }, async (search) => {
      expect((await search.studiesOf(days)).map((one) => one.studyInstanceUid)).to.deep.equal(uids(4))
    }))

  it('works without offset, without ModalitiesInStudy and with counts as text', () =>
    answering(JSON.stringify([study('1.2'), study('1.3')]), async (search) => {
      const found = await search.studiesOf(days)
      expect(found.map(({ studyInstanceUid, instanceCount }) => [studyInstanceUid, instanceCount])).to.deep.equal([
        ['1.2', 7],
        ['1.3', 7],
      ])
    }))

  it('tells another patient or order of a study apart, and nothing else', async () => {
    const whoseOf = async (attributes: object): Promise<string> => {
      let whose = ''
      await answering(JSON.stringify([{ ...study('1.2'), ...attributes }]), async (search) => {
        whose = (await search.studiesOf(days))[0]!.whose
      })
      return whose
    }
    const tags = ['00080050', '00100010', '00100020', '00100030', '00100040']
    const others = await Promise.all(tags.map((tag) => whoseOf({ [tag]: { vr: 'LO', Value: ['x'] } })))
    expect(new Set([await whoseOf({}), ...others]).size).to.equal(6)
    expect(await whoseOf({ '00081030': { vr: 'LO', Value: ['x'] } })).to.equal(await whoseOf({}))
  })

  it('treats an empty answer as no studies', () =>
    answering(undefined, async (search) => {
      expect(await search.studiesOf(days)).to.deep.equal([])
    }))

  it('rejects an invalid answer', () =>
    answering('[{"0020000D":{"vr":"UI"}}]', async (search) => {
      expect((await failureOf(search.studiesOf(days))).code).to.equal('HTTP_ANSWER_INVALID')
    }))
})
