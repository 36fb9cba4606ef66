import { expect } from 'chai'
import { exchange } from '../../src/clients/http/exchange.ts'
import type { StudyArrival } from '../../src/intake/feed/change-feed.ts'
import { type StudiesAtLine, pollStudies } from '../../src/intake/feed/study-poll.ts'
import { StudySearch, dicomDate } from '../../src/intake/study-search.ts'
import { type DicomSample, type SampleOptions, childChestRadiograph } from '../servers/dicom-samples.ts'
import { withOrthanc } from '../servers/orthanc.ts'
import { type SetClock, setClock, until } from '../service/fixtures.ts'

const dayMs = 24 * 60 * 60_000

class MemoryStudies extends Map<string, number> implements StudiesAtLine {
  counts(): ReadonlyMap<string, number> {
    return this
  }

  add(counts: ReadonlyMap<string, number>): void {
    for (const [uid, count] of counts) this.set(uid, count)
  }

  remove(uids: readonly string[]): void {
    for (const uid of uids) this.delete(uid)
  }
}

/** A stored position. */
interface Cursor {
  position: number
  read(): number
  write(position: number): void
}

function cursorAt(position = 0): Cursor {
  return {
    position,
    read() {
      return this.position
    },
    write(to) {
      this.position = to
    },
  }
}

describe('polling an archive by QIDO-RS', function () {
  this.timeout(60_000)
  const orthanc = withOrthanc()
  let clock: SetClock

  const today = (options: SampleOptions = {}): DicomSample =>
    childChestRadiograph({ ...options, tags: { StudyDate: dicomDate(clock.now()), ...options.tags } })

  const follow = (
    cursor: Cursor,
    onStudy: (arrival: StudyArrival) => void = () => undefined,
    atLine: StudiesAtLine = new MemoryStudies(),
  ) => {
    const arrivals: StudyArrival[] = []
    const warnings: string[] = []
    const end = new AbortController()
    let looks = 0
    const ended = pollStudies({
      search: new StudySearch(orthanc().dicomWeb),
      ...{ cursor, atLine, clock, days: 3, pollSeconds: () => 0.05, signal: end.signal },
      log: { info: () => undefined, warn: (_facts, message) => warnings.push(message) },
      onCaughtUp: () => looks++,
      onStudy: (arrival) => {
        onStudy(arrival)
        arrivals.push(arrival)
      },
    })
    return {
      arrivals,
      warnings,
      uids: () => arrivals.map(({ study }) => study.studyInstanceUid),
      looked: async (times: number) => {
        const target = looks + times
        await until(() => looks >= target)
      },
      stop: async () => {
        end.abort()
        await ended
      },
    }
  }

  // Each test uses its own week, so that it does not see studies of other tests.
  let week = 0
  beforeEach(() => {
    clock = setClock(new Date(Date.UTC(2026, 0, 1) + week++ * 14 * dayMs).toISOString())
  })

  it('hands a study over once with its series, and again after it grew', async () => {
    const sample = today()
    const { studyInstanceUid, seriesInstanceUid } = sample
    const follower = follow(cursorAt())
    await follower.looked(1)
    await orthanc().send(sample)
    await until(() => follower.arrivals.length === 1)
    await follower.looked(4)
    expect(follower.arrivals).to.have.length(1)
    expect(follower.arrivals[0]).to.deep.include({
      study: { studyInstanceUid },
      series: [{ seriesInstanceUid, modality: 'CR', instanceCount: 1 }],
    })
    await orthanc().send(today({ studyInstanceUid, seriesInstanceUid }))
    await until(() => follower.arrivals.length === 2)
    await follower.looked(4)
    await follower.stop()
    expect(follower.arrivals[1]?.series).to.deep.equal([{ seriesInstanceUid, modality: 'CR', instanceCount: 2 }])
    expect(follower.arrivals).to.have.length(2)
  })

  it('continues after a restart of Orthanc and finds studies that arrived in between', async () => {
    const cursor = cursorAt()
    const follower = follow(cursor)
    await follower.looked(1)
    const before = today()
    await orthanc().send(before)
    await orthanc().process.restart()
    await until(() => follower.arrivals.length === 1)
    await follower.looked(2)
    await follower.stop()
    expect(cursor.position).to.equal(clock.now().getTime())

    const missed = today()
    await orthanc().send(missed)
    clock.advance(60 * dayMs)
    week += 5
    const late = follow(cursor)
    await until(() => late.arrivals.length === 2)
    await late.looked(1)
    await late.stop()
    expect(late.uids()).to.have.members([before.studyInstanceUid, missed.studyInstanceUid])
    expect(cursor.position).to.equal(clock.now().getTime())
  })

  it('hands over a study on the next run if recording it failed', async () => {
    const cursor = cursorAt()
    const empty = follow(cursor)
    await empty.looked(1)
    await empty.stop()
    const start = cursor.position
    const sample = today()
    await orthanc().send(sample)
    clock.advance(dayMs)
    const failing = follow(cursor, () => {
      throw new Error('disk full')
    })
    await until(() => failing.warnings.length > 1)
    await failing.stop()
    expect(failing.warnings[0]).to.include('The archive poll failed')
    expect(cursor.position).to.equal(start)
    const mended = follow(cursor)
    await until(() => mended.arrivals.length === 1)
    await mended.looked(1)
    await mended.stop()
    expect(mended.uids()).to.deep.equal([sample.studyInstanceUid])
    expect(cursor.position).to.equal(clock.now().getTime())
  })

  it('omits other modalities and old studies', async () => {
    const wanted = today()
    const follower = follow(cursorAt())
    await follower.looked(1)
    await orthanc().send(today({ tags: { Modality: 'CT' } }))
    await orthanc().send(today({ tags: { StudyDate: dicomDate(new Date(clock.now().getTime() - 6 * dayMs)) } }))
    await orthanc().send(wanted)
    await until(() => follower.arrivals.length > 0)
    await follower.looked(3)
    await follower.stop()
    expect(follower.uids()).to.deep.equal([wanted.studyInstanceUid])
  })

  it('takes no study that the first poll found, now or after a restart, until it grows', async () => {
    const [growing, there] = [today(), today()]
    for (const sample of [growing, there]) await orthanc().send(sample)
    const [cursor, atLine] = [cursorAt(), new MemoryStudies()]
    const first = follow(cursor, undefined, atLine)
    await first.looked(4)
    await first.stop()
    const { studyInstanceUid, seriesInstanceUid } = growing
    const second = follow(cursor, undefined, atLine)
    await second.looked(4)
    expect(second.uids()).to.deep.equal([])
    await orthanc().send(today({ studyInstanceUid, seriesInstanceUid }))
    await until(() => second.arrivals.length > 0)
    await second.looked(3)
    await second.stop()
    expect([...first.uids(), ...second.uids()]).to.deep.equal([studyInstanceUid])
  })

  it('takes a study that the first poll found after it was deleted and sent again', async () => {
    const sample = today()
    await orthanc().send(sample)
    const [cursor, atLine] = [cursorAt(), new MemoryStudies()]
    const follower = follow(cursor, undefined, atLine)
    await follower.looked(1)
    const [id] = await orthanc().client.lookup('Study', sample.studyInstanceUid)
    await exchange(orthanc().rest, {
      ...{ method: 'DELETE', path: `/studies/${id}`, accept: '*/*', effect: 'write', maxBytes: 2 ** 20 },
    })
    await follower.looked(2)
    expect([...atLine.keys()]).to.deep.equal([])
    await orthanc().send(sample)
    await until(() => follower.arrivals.length > 0)
    await follower.stop()
    expect(follower.uids()).to.deep.equal([sample.studyInstanceUid])
  })

  it('hands all studies over again a day later', async () => {
    const follower = follow(cursorAt(clock.now().getTime()))
    const sample = today()
    await orthanc().send(sample)
    await until(() => follower.arrivals.length === 1)
    clock.advance(dayMs)
    await until(() => follower.arrivals.length === 2)
    await follower.looked(3)
    await follower.stop()
    expect(follower.uids()).to.deep.equal([sample.studyInstanceUid, sample.studyInstanceUid])
  })
})
