import { expect } from 'chai'
import type { OrthancSeries } from '../../src/clients/orthanc-client.ts'
import { dayMs } from '../../src/clock.ts'
import { setClock } from '../service/fixtures.ts'
import {
  FakeOrthanc,
  MemoryCursor,
  type MemoryTimes,
  distinct,
  followFake,
  followedOrthanc,
  nothing,
  replaceBy,
  unwrittenTimes,
} from './fake-orthanc.ts'

describe('the first start of the change feed', () => {
  /** A service that never ran. */
  const fresh = (): { cursor: MemoryCursor; times: MemoryTimes } => ({
    cursor: MemoryCursor.unwritten(),
    times: unwrittenTimes(),
  })

  it('takes no study that is already there, now, after a restart, or a day later', async () => {
    const { orthanc } = await followedOrthanc('a', 'b', 'c')
    const { cursor, times } = fresh()
    const first = await followFake(orthanc, [nothing], { cursor, times })
    const clock = setClock(orthanc.now.toISOString())
    const passDay = () => {
      clock.advance(dayMs)
    }
    const later = await followFake(orthanc, [passDay, nothing], { cursor, times, clock })
    expect([...first.arrivals, ...later.arrivals]).to.deep.equal([])
  })

  it('takes a study that arrives between the line and the first poll', async () => {
    const { orthanc } = await followedOrthanc('a')
    const arrive = () => {
      orthanc.receive('b')
      orthanc.settle('b')
    }
    orthanc.beforeNext = { call: 'changes', happens: arrive }
    const { arrivals } = await followFake(orthanc, [nothing], fresh())
    expect(arrivals).to.deep.equal(['b 1'])
  })

  it('takes a study that still grew when the line was drawn, also if service and Orthanc restart', async () => {
    const { orthanc } = await followedOrthanc('a')
    orthanc.receive('b')
    const stored = fresh()
    await followFake(orthanc, [nothing], stored)
    orthanc.restart()
    const { arrivals } = await followFake(orthanc, [nothing, nothing, nothing], stored)
    expect(arrivals).to.deep.equal(['b 1'])
    expect(stored.cursor.read()?.growing).to.deep.equal([])
  })

  it('takes a study that was there once it grows', async () => {
    const { orthanc } = await followedOrthanc('a', 'b')
    const grow = () => {
      orthanc.receive('a')
      orthanc.settle('a')
    }
    const { arrivals } = await followFake(orthanc, [grow, nothing], fresh())
    expect(arrivals).to.deep.equal(['a 2'])
  })

  it('draws the line at the end of an emptied log, too', async () => {
    const { orthanc } = await followedOrthanc('a')
    orthanc.clearLog()
    const stored = fresh()
    const clock = setClock('1980-01-01T00:00:00Z')
    const arrive = () => {
      orthanc.wait()
      orthanc.receive('b')
      orthanc.settle('b')
    }
    const first = await followFake(orthanc, [arrive, nothing], { ...stored, clock })
    const second = await followFake(orthanc, [nothing], { ...stored, clock })
    expect(distinct([...first.arrivals, ...second.arrivals])).to.deep.equal(['b 1'])
  })

  it('takes the studies of a database that replaces the first one', async () => {
    const { orthanc } = await followedOrthanc('a')
    const stored = fresh()
    await followFake(orthanc, [nothing], stored)
    orthanc.wait()
    replaceBy(orthanc, 'b', 'c', 'd')
    const { arrivals } = await followFake(orthanc, [nothing], stored)
    expect(distinct(arrivals)).to.have.members(['b 1', 'c 1', 'd 1'])
  })

  it('takes the studies of a database that replaces the first one before all studies were listed', async () => {
    const { orthanc } = await followedOrthanc('a')
    const replace = () => {
      orthanc.wait()
      replaceBy(orthanc, 'b', 'c', 'd')
    }
    orthanc.beforeNext = { call: 'studies', happens: replace }
    const { arrivals } = await followFake(orthanc, [nothing, nothing], fresh())
    expect(distinct(arrivals)).to.have.members(['b 1', 'c 1', 'd 1'])
  })

  it('continues after the position of an earlier version, which noted no change and no line', async () => {
    const { orthanc, cursor } = await followedOrthanc('a')
    const earlier = new MemoryCursor(cursor.seq)
    orthanc.receive('b')
    orthanc.settle('b')
    const clock = setClock('2026-05-01T00:00:00Z')
    const { arrivals } = await followFake(orthanc, [nothing], { cursor: earlier, times: unwrittenTimes(), clock })
    expect(arrivals).to.deep.equal(['b 1'])
    expect(earlier.read()?.mark).to.include({ id: 'b' })
  })
})

describe('a study with our report at the first start of the change feed', () => {
  const report = (updated: Date, tags: Partial<OrthancSeries['MainDicomTags']> = {}): OrthancSeries => ({
    Instances: ['report'],
    LastUpdate: updated,
    MainDicomTags: {
      SeriesInstanceUID: '2.25.1',
      Modality: 'SR',
      Manufacturer: 'Lung Triage',
      SeriesDescription: 'Pneumonia triage (not for diagnostic use)',
      ...tags,
    },
  })

  /** Whether the feed says that the study was reported. Its report was stored right before the line. */
  async function isReported(change: (orthanc: FakeOrthanc) => void): Promise<unknown> {
    const orthanc = new FakeOrthanc()
    orthanc.receive('a')
    orthanc.settle('a')
    orthanc.wait()
    change(orthanc)
    const told: unknown[] = []
    const settle = () => {
      orthanc.settle('a')
    }
    await followFake(orthanc, [settle, nothing], {
      ...{ cursor: MemoryCursor.unwritten(), times: unwrittenTimes() },
      onStudy: ({ reported }) => void told.push(reported),
    })
    expect(told).to.have.length(1)
    return told[0]
  }

  it('is handed over as reported', async () => {
    expect(
      await isReported((orthanc) => {
        orthanc.store('a', report(orthanc.now))
      }),
    ).to.equal(true)
  })

  it('is handed over as new if an image arrived after the report', async () => {
    expect(
      await isReported((orthanc) => {
        orthanc.store('a', report(orthanc.now))
        orthanc.wait()
        orthanc.receive('a')
      }),
    ).to.equal(undefined)
  })

  it('is handed over as new if the report was withdrawn', async () => {
    expect(
      await isReported((orthanc) => {
        orthanc.store('a', report(orthanc.now), report(orthanc.now, { Modality: 'KO', SeriesInstanceUID: '2.25.2' }))
      }),
    ).to.equal(undefined)
  })

  it('is handed over as new if the report was stored after the line', async () => {
    expect(
      await isReported((orthanc) => {
        orthanc.store('a', report(new Date(orthanc.now.getTime() + 60_000)))
      }),
    ).to.equal(undefined)
  })

  for (const [what, tags] of [
    ['manufacturer', { Manufacturer: 'Acme' }],
    ['UID root, as a copy made by Orthanc has,', { SeriesInstanceUID: '1.2.276.0.7230010.3.1.3.1' }],
    ['description', { SeriesDescription: 'Pneumonia triage (other)' }],
    ['modality', { Modality: 'OT' }],
  ] as const)
    it(`is handed over as new if the report has another ${what}`, async () => {
      expect(
        await isReported((orthanc) => {
          orthanc.store('a', report(orthanc.now, tags))
        }),
      ).to.equal(undefined)
    })
})
