import { expect } from 'chai'
import type { StudyArrival } from '../../src/intake/feed/change-feed.ts'
import { dayMs } from '../../src/clock.ts'
import { setClock } from '../service/fixtures.ts'
import { distinct, followFake, followedOrthanc, memoryTimes, nothing, replaceBy } from './fake-orthanc.ts'

const replaced = "Orthanc's database was replaced; its recent studies are read again."
const missing = 'Changes are missing from the change log of Orthanc; its recent studies are read again.'

describe('following the change log of another or a restored database', () => {
  it('hands over all studies of a database that has outgrown the position while the service was away', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('old', 'older')
    const position = cursor.seq
    replaceBy(orthanc, 'a', 'b', 'c', 'd')
    expect(orthanc.last).to.be.greaterThan(position!)
    const { arrivals, told } = await followFake(orthanc, [nothing], { cursor, times })
    expect(arrivals).to.have.members(['a 1', 'b 1', 'c 1', 'd 1'])
    expect(told).to.deep.equal([replaced])
    expect(cursor.seq).to.equal(orthanc.last)
  })

  for (const [size, studies] of [
    ['fewer', ['a']],
    ['as many', ['a', 'b']],
    ['more', ['a', 'b', 'c', 'd']],
  ] as const)
    it(`hands over all studies of a database with ${size} changes that replaces one between two polls`, async () => {
      const { orthanc, cursor, times } = await followedOrthanc('old', 'older')
      const replace = () => {
        replaceBy(orthanc, ...studies)
      }
      const { arrivals, told } = await followFake(orthanc, [replace, nothing], { cursor, times })
      expect(distinct(arrivals, 'old 1', 'older 1')).to.have.members(studies.map((one) => `${one} 1`))
      expect(told).to.deep.equal([replaced])
      expect(cursor.seq).to.equal(orthanc.last)
    })

  it('notices a database to which the same studies were sent again, with the same numbers and IDs', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('a', 'b')
    replaceBy(orthanc, 'a', 'b')
    const { arrivals, told } = await followFake(orthanc, [nothing], { cursor, times })
    expect(arrivals).to.have.members(['a 1', 'b 1'])
    expect(told).to.deep.equal([replaced])
  })

  it('hands over a study that still grows in the new database, once it is stable', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('old')
    const replace = () => {
      orthanc.replace('a')
      orthanc.receive('b')
      orthanc.settle('b')
    }
    const restart = () => {
      orthanc.restart()
    }
    const { arrivals } = await followFake(orthanc, [replace, restart, nothing], { cursor, times })
    expect(distinct(arrivals, 'old 1')).to.deep.equal(['b 1', 'a 1'])
  })

  it('hands over the studies that arrived after a restored backup, and no study older than the last comparison', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('old')
    const restore = () => {
      orthanc.replace()
      orthanc.wait(-24 * 7)
      orthanc.receive('ancient')
      orthanc.settle('ancient')
      orthanc.wait(24 * 7)
      orthanc.receive('a')
      orthanc.settle('a')
    }
    const { arrivals } = await followFake(orthanc, [restore, nothing], { cursor, times })
    expect(distinct(arrivals, 'old 1')).to.deep.equal(['a 1'])
  })

  it('notices each of several replacements in a row', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('old')
    const steps = [['a'], ['b', 'c'], ['d']].map((studies) => () => {
      orthanc.wait()
      replaceBy(orthanc, ...studies)
    })
    const { arrivals, told } = await followFake(orthanc, steps, { cursor, times })
    expect(distinct(arrivals, 'old 1')).to.deep.equal(['a 1', 'b 1', 'c 1', 'd 1'])
    expect(told).to.deep.equal([replaced, replaced, replaced])
  })

  it('compares again from the same time after a restart in the middle of a comparison', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('old')
    const reconciled = times.reconciled.ms
    const studies = Array.from({ length: 9 }, (_, index) => `new${index}`)
    replaceBy(orthanc, ...studies)
    const stopping = new AbortController()
    let left = 3
    const onStudy = () => {
      if (left-- === 0) stopping.abort()
    }
    await followFake(orthanc, [], { cursor, times, onStudy, pageSize: 4, signal: stopping.signal })
    expect(times.reconciled.ms).to.equal(reconciled)
    const { arrivals } = await followFake(orthanc, [nothing], { cursor, times, pageSize: 4 })
    expect(arrivals).to.include.members(studies.map((one) => `${one} 1`))
  })
})

describe('following a change log with missing changes', () => {
  it('hands over what arrived before "DELETE /changes", and what arrives afterwards', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('old')
    const clear = () => {
      orthanc.receive('a')
      orthanc.settle('a')
      orthanc.clearLog()
    }
    const receive = () => {
      orthanc.receive('b')
      orthanc.settle('b')
    }
    const { arrivals, told } = await followFake(orthanc, [clear, receive, nothing], { cursor, times })
    expect(distinct(arrivals, 'old 1')).to.have.members(['a 1', 'b 1'])
    expect(told).to.deep.equal([missing])
  })

  it('notices a second "DELETE /changes", and a new database afterwards that has outgrown the position', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('old')
    const clear = (study: string) => () => {
      orthanc.receive(study)
      orthanc.settle(study)
      orthanc.clearLog()
    }
    const replace = () => {
      orthanc.wait()
      replaceBy(orthanc, 'c', 'd', 'e', 'f', 'g')
    }
    const { arrivals, told } = await followFake(orthanc, [clear('a'), clear('b'), replace, nothing], { cursor, times })
    expect(arrivals).to.include.members(['a 1', 'b 1', 'c 1', 'd 1', 'e 1', 'f 1', 'g 1'])
    expect(told).to.deep.equal([missing, missing, replaced])
  })

  it('says once that changes are missing if the last study was deleted', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('kept', 'gone')
    const remove = () => {
      orthanc.remove('gone')
    }
    const { told } = await followFake(orthanc, [remove, nothing, nothing], { cursor, times })
    expect(told).to.deep.equal([missing])
    expect(cursor.read()?.mark).to.include({ id: 'kept' })
  })

  it('does not pass a change that arrives while it looks for the end of the log', async () => {
    const { orthanc, cursor } = await followedOrthanc('gone')
    const remove = () => {
      orthanc.remove('gone')
      const arrive = () => {
        orthanc.receive('a')
        orthanc.settle('a')
      }
      orthanc.beforeNext = { call: 'lastChange', happens: arrive }
    }
    const found: unknown[] = []
    const onStudy = ({ foundFrom }: StudyArrival) => void found.push(foundFrom)
    const { arrivals } = await followFake(orthanc, [remove, nothing], { cursor, times: memoryTimes(), onStudy })
    expect(distinct(arrivals)).to.deep.equal(['a 1'])
    expect(found, 'announced').to.include(undefined)
  })

  it('compares once a day without any sign of a loss', async () => {
    const { orthanc, cursor, times } = await followedOrthanc('old')
    const clock = setClock(orthanc.now.toISOString())
    const listed: number[] = []
    const step = (ms: number) => () => {
      listed.push(orthanc.asked.filter((asked) => asked === 'studies 0').length)
      clock.advance(ms)
    }
    orthanc.asked.length = 0
    await followFake(orthanc, [step(dayMs - 1), step(1), step(dayMs), nothing], { cursor, times, clock })
    // Each comparison asks for the page that adds none.
    expect(listed).to.deep.equal([2, 2, 4])
    expect(orthanc.asked.filter((asked) => asked === 'studies 0')).to.have.length(6)
  })

  it('states when the latest object arrived only for a study that was not announced', async () => {
    const { orthanc, cursor, times } = await followedOrthanc()
    orthanc.receive('lost')
    orthanc.settle('lost')
    orthanc.clearLog()
    const arrivedAt = orthanc.now
    orthanc.wait()
    const announce = () => {
      orthanc.receive('announced')
      orthanc.settle('announced')
    }
    const found: unknown[] = []
    const onStudy = ({ study, foundFrom }: StudyArrival) => void found.push([study.orthancId, foundFrom])
    await followFake(orthanc, [announce, nothing], { cursor, times, onStudy })
    expect(found).to.deep.equal([
      ['lost', arrivedAt],
      ['announced', undefined],
    ])
  })

  it('takes a study that arrived shortly before the last comparison and was not listed then', async () => {
    const { orthanc, cursor } = await followedOrthanc()
    orthanc.receive('late')
    orthanc.settle('late')
    orthanc.clearLog()
    orthanc.wait(23)
    const { arrivals } = await followFake(orthanc, [nothing], { cursor, times: memoryTimes(orthanc.now) })
    expect(arrivals).to.deep.equal(['late 1'])
  })

  it("takes a lost study although another arrived while Orthanc's clock was years ahead", async () => {
    const { orthanc, cursor, times } = await followedOrthanc()
    const { now } = orthanc
    orthanc.now = new Date('2040-01-01T00:00:00Z')
    orthanc.receive('ahead')
    orthanc.settle('ahead')
    orthanc.now = now
    const clock = setClock(now.toISOString())
    const lose = () => {
      orthanc.receive('lost')
      orthanc.settle('lost')
      orthanc.clearLog()
    }
    const { arrivals } = await followFake(orthanc, [lose, nothing], { cursor, times, clock })
    expect(arrivals).to.include('lost 1')
  })

  it('lists all studies though others are deleted between the pages', async () => {
    const { orthanc, cursor, times } = await followedOrthanc()
    const studies = Array.from({ length: 40 }, (_, index) => `s${index}`)
    for (const study of studies) orthanc.receive(study)
    orthanc.restart()
    orthanc.clearLog()
    let listed = 0
    const remove = () => {
      for (let count = 0; count < 3; count++) orthanc.studies.delete([...orthanc.studies.keys()][0]!)
      if (++listed < 5) orthanc.beforeNext = { call: 'studies', happens: remove }
    }
    orthanc.beforeNext = { call: 'studies', happens: remove }
    const { arrivals } = await followFake(orthanc, [nothing], { cursor, times, pageSize: 4 })
    expect(arrivals).to.include.members([...orthanc.studies.keys()].map((one) => `${one} 1`))
  })
})
