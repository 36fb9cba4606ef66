import { expect } from 'chai'
import type { StudyArrival } from '../../../src/intake/feed/change-feed.ts'
import { isNoted, withArrival } from '../../../src/service/studies/study-content.ts'

const series = (seriesInstanceUid: string, instanceCount: number, lastUpdateMs?: number) => ({
  ...{ seriesInstanceUid, instanceCount, modality: 'CR' },
  ...(lastUpdateMs !== undefined && { lastUpdateMs }),
})
const arrival = (over: Partial<StudyArrival> = {}): StudyArrival => ({
  study: { studyInstanceUid: '1.2', orthancId: 'anna' },
  series: [series('1.2.1', 1, 1000)],
  whose: 'ANNA',
  ...over,
})
const bert = { study: { studyInstanceUid: '1.2', orthancId: 'bert' }, whose: 'BERT' }
const none = new Set<string>()
const noted = withArrival(undefined, arrival(), none)

describe('what a study held when it was last queued', () => {
  for (const [what, over] of Object.entries<Partial<StudyArrival>>({
    'one more object': { series: [series('1.2.1', 2, 1000)] },
    'another series': { series: [series('1.2.1', 1, 1000), series('1.2.2', 1, 1000)] },
    'a series less': { series: [] },
    'a series in place of another': { series: [series('1.2.2', 1, 1000)] },
    'an object sent again': { series: [series('1.2.1', 1, 2000)] },
    'another patient': { whose: 'BERT' },
    "another patient's study with the same UID": bert,
  }))
    it(`is different with ${what}`, () => {
      expect(isNoted(noted, arrival(over), none)).to.equal(false)
      expect(isNoted(withArrival(noted, arrival(over), none), arrival(over), none)).to.equal(true)
    })

  it('is the same if the study is announced again, also by a source that tells less', () => {
    expect(isNoted(noted, arrival(), none)).to.equal(true)
    const told = { study: arrival().study, series: [series('1.2.1', 1)] }
    expect(isNoted(noted, told, none)).to.equal(true)
    expect(isNoted(undefined, arrival(), none)).to.equal(false)
  })

  it('does not count our own results', () => {
    const withResults = arrival({ series: [series('1.2.1', 1, 1000), series('9', 2, 3000)] })
    expect(isNoted(noted, withResults, new Set(['9']))).to.equal(true)
    expect(isNoted(withArrival(undefined, withResults, new Set(['9'])), arrival(), none)).to.equal(true)
  })

  it('is noted for each of two patients, whose studies have the same UID', () => {
    const both = withArrival(noted, arrival(bert), none)
    expect(isNoted(both, arrival(), none)).to.equal(true)
    expect(isNoted(both, arrival(bert), none)).to.equal(true)
    expect(isNoted(both, arrival({ ...bert, whose: 'CARL' }), none)).to.equal(false)
  })

  it('does not compare times of a study that was found and not announced: the archive may have been moved', () => {
    const found = arrival({ series: [series('1.2.1', 1, 2000)], foundFrom: new Date(2000) })
    expect(isNoted(noted, found, none)).to.equal(true)
    expect(isNoted(noted, { ...found, whose: 'BERT' }, none)).to.equal(false)
  })

  it('of former versions is compared by what they noted, and then replaced', () => {
    expect(isNoted('1.2.1:1', arrival(), none)).to.equal(true)
    expect(isNoted('1.2.1:1 1.2.2:3', arrival(), none)).to.equal(false)
    expect(isNoted('1.2.1:2', arrival(), none)).to.equal(false)
    expect(isNoted('', arrival({ series: [] }), none)).to.equal(true)
    const replaced = withArrival('1.2.1:1', arrival(), none)
    expect(isNoted(replaced, arrival({ whose: 'BERT' }), none)).to.equal(false)
  })
})
