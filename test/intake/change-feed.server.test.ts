import { expect } from 'chai'
import { StowStore } from '../../src/deliver/dicom-store.ts'
import { freePort } from '../../src/demo/free-port.ts'
import { httpService } from '../../src/clients/http/http-service.ts'
import { type StudyArrival, followChanges } from '../../src/intake/feed/change-feed.ts'
import type { FeedTimes } from '../../src/intake/feed/feed-cursor.ts'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { type TestOrthanc, withOrthanc } from '../servers/orthanc.ts'
import { realClock, until } from '../service/fixtures.ts'
import { MemoryCursor, memoryTimes } from './fake-orthanc.ts'

interface Follower {
  readonly arrivals: StudyArrival[]
  readonly warnings: string[]
  /** Waits until this many studies were handed over. */
  reached(count: number): Promise<void>
  /** Waits until it has polled twice more, after a poll that may be under way. */
  polledAgain(): Promise<void>
  stop(): Promise<void>
}

function follow(
  client: OrthancClient,
  cursor: MemoryCursor,
  onStudy: (arrival: StudyArrival) => void = () => undefined,
  times: FeedTimes = memoryTimes(),
): Follower {
  const arrivals: StudyArrival[] = []
  const warnings: string[] = []
  const end = new AbortController()
  let polls = 0
  const ended = followChanges({
    client,
    ...{ cursor, times, clock: realClock },
    pollSeconds: () => 0.05,
    pageSize: 5,
    signal: end.signal,
    log: { info: () => undefined, warn: (_facts, message) => warnings.push(message) },
    onCaughtUp: () => polls++,
    onStudy: (arrival) => {
      onStudy(arrival)
      arrivals.push(arrival)
    },
  })
  return {
    arrivals,
    warnings,
    reached: (count) => until(() => arrivals.length >= count),
    polledAgain: () => {
      const before = polls
      return until(() => polls >= before + 3)
    },
    stop: async () => {
      end.abort()
      await ended
    },
  }
}

/** Number of the last change after everything is stable. All samples have the same patient, who becomes stable last. */
async function settled({ client }: TestOrthanc): Promise<number> {
  const cachesMetadata = (await client.system()).HasLabels
  let end = 0
  const isSettled = async () => {
    const { Changes, Last } = await client.changes(0, 1_000_000)
    end = Last
    const last = (type: string, id?: string): number =>
      Changes.findLast((change) => change.ChangeType === type && (id === undefined || change.ID === id))?.Seq ?? 0
    const isStable = last('StablePatient') > last('NewInstance')
    // DICOMweb of Orthanc 1.12 then attaches metadata to each stable series, which is a further change.
    const isCached = Changes.filter(({ ChangeType }) => ChangeType === 'StableSeries').every(
      ({ ID, Seq }) => last('UpdatedAttachment', ID) > Seq,
    )
    return isStable && (isCached || !cachesMetadata)
  }
  await until(isSettled, 50)
  return end
}

describe('the change feed of Orthanc', () => {
  describe('with a study that becomes stable', () => {
    const orthanc = withOrthanc()

    it('hands a study over once, with its series', async () => {
      const sample = childChestRadiograph()
      const follower = follow(orthanc().client, new MemoryCursor())
      await orthanc().send(sample)
      await follower.reached(1)
      await settled(orthanc())
      await follower.polledAgain()
      await follower.stop()
      expect(follower.arrivals).to.have.length(1)
      const [arrival] = follower.arrivals
      expect(arrival?.study.studyInstanceUid).to.equal(sample.studyInstanceUid)
      const [series, ...others] = arrival?.series ?? []
      expect(series).to.deep.include({ seriesInstanceUid: sample.seriesInstanceUid, modality: 'CR', instanceCount: 1 })
      expect(Math.abs((series?.lastUpdateMs ?? 0) - Date.now())).to.be.below(3_600_000)
      expect(others).to.deep.equal([])
    })

    it('continues after the cursor when the follower restarts', async () => {
      const cursor = new MemoryCursor()
      const before = follow(orthanc().client, cursor)
      await before.reached(1)
      await before.polledAgain()
      await before.stop()
      const sample = childChestRadiograph()
      await orthanc().send(sample)
      const after = follow(orthanc().client, cursor)
      await after.reached(1)
      await after.stop()
      expect(after.arrivals.map((arrival) => arrival.study.studyInstanceUid)).to.deep.equal([sample.studyInstanceUid])
    })

    it('hands a study over again if recording it failed, and moves the cursor only after success', async () => {
      const cursor = new MemoryCursor(await settled(orthanc()))
      const start = cursor.seq
      await orthanc().send(childChestRadiograph())
      const positionsAtFailure: (number | undefined)[] = []
      const follower = follow(orthanc().client, cursor, () => {
        if (positionsAtFailure.push(cursor.seq) === 1) throw new Error('disk full')
      })
      await follower.reached(1)
      const end = await settled(orthanc())
      await follower.polledAgain()
      await follower.stop()
      expect(positionsAtFailure).to.have.length(2)
      for (const position of positionsAtFailure) expect(position).to.equal(start)
      expect(cursor.seq).to.equal(end)
      expect(follower.warnings).to.have.length(1)
      expect(follower.warnings[0]).to.contain('The change feed failed')
    })

    it('hands over the recent studies of a database that has fewer changes than the former one', async () => {
      await settled(orthanc())
      const times = memoryTimes(new Date())
      const follower = follow(orthanc().client, new MemoryCursor(1_000_000), undefined, times)
      await follower.reached(1)
      await follower.stop()
      expect(follower.warnings[0]).to.contain('database was replaced')
    })

    it('does not hand a study over again if our results are stored a second time', async () => {
      const sample = childChestRadiograph()
      const store = new StowStore(orthanc().dicomWeb)
      const result = { ...sample, kind: 'secondary-capture' } as const
      await store.storeObjects(sample.studyInstanceUid, [result])
      const position = await settled(orthanc())
      await store.storeObjects(sample.studyInstanceUid, [result])
      const [orthancId] = await orthanc().client.lookup('Study', sample.studyInstanceUid)
      expect((await orthanc().client.study(orthancId!))?.IsStable).to.equal(true)
      expect((await orthanc().client.changes(position, 1)).Last).to.equal(position)
    })

    it('skips a study that was deleted in the meantime', async () => {
      const gone = childChestRadiograph()
      await orthanc().send(gone)
      await settled(orthanc())
      const [orthancId] = await orthanc().client.lookup('Study', gone.studyInstanceUid)
      const { url, username, password } = orthanc().process
      const Authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
      const answer = await fetch(`${url}/studies/${orthancId}`, { method: 'DELETE', headers: { Authorization } })
      expect(answer.status).to.equal(200)
      const cursor = new MemoryCursor()
      const follower = follow(orthanc().client, cursor)
      const end = await settled(orthanc())
      await until(() => (cursor.seq ?? 0) >= end)
      await follower.stop()
      expect(follower.warnings).to.deep.equal([])
      expect(follower.arrivals.map((arrival) => arrival.study.studyInstanceUid)).not.to.include(gone.studyInstanceUid)
    })
  })

  describe('with an Orthanc that restarts within StableAge', () => {
    const orthanc = withOrthanc({ StableAge: 600 })

    it('hands the study over and continues once Orthanc is back', async () => {
      const sample = childChestRadiograph()
      const cursor = new MemoryCursor()
      const follower = follow(orthanc().client, cursor)
      await orthanc().send(sample)
      await follower.polledAgain()
      expect(follower.arrivals, 'before the restart').to.deep.equal([])
      expect(cursor.seq, 'the growing study holds the cursor').to.equal(0)
      await orthanc().process.restart()
      await follower.reached(1)
      await follower.polledAgain()
      await follower.stop()
      expect(follower.arrivals.map((arrival) => arrival.study.studyInstanceUid)).to.deep.equal([
        sample.studyInstanceUid,
      ])
      const { Changes, Last } = await orthanc().client.changes(0, 1000)
      expect(Changes.map((change) => change.ChangeType)).not.to.include('StableStudy')
      expect(cursor.seq).to.equal(Last)
    })

    it('hands over a known study that grew before a restart of Orthanc and the follower', async () => {
      const first = childChestRadiograph()
      await orthanc().send(first)
      await orthanc().process.restart()
      const cursor = new MemoryCursor()
      const before = follow(orthanc().client, cursor)
      await before.reached(2)
      await before.polledAgain()
      const { studyInstanceUid, seriesInstanceUid } = first
      await orthanc().send(childChestRadiograph({ studyInstanceUid, seriesInstanceUid }))
      await before.polledAgain()
      await before.stop()
      await orthanc().process.restart()
      const after = follow(orthanc().client, cursor)
      await after.reached(1)
      await after.stop()
      expect(after.arrivals.map((arrival) => arrival.study.studyInstanceUid)).to.deep.equal([studyInstanceUid])
      expect(after.arrivals[0]?.series[0]?.instanceCount).to.equal(2)
    })
  })

  it('logs at each poll that Orthanc is down, and keeps running', async () => {
    const credentials = { kind: 'basic', username: 'user', password: 'planted-secret' } as const
    const url = `http://127.0.0.1:${await freePort()}`
    const client = new OrthancClient(httpService({ name: 'Orthanc', url, credentials }))
    const follower = follow(client, new MemoryCursor())
    await until(() => follower.warnings.length >= 3)
    await follower.stop()
    for (const warning of follower.warnings) {
      expect(warning).to.contain(`Orthanc at ${url} cannot be reached (ECONNREFUSED)`)
      expect(warning).not.to.contain('planted-secret')
    }
  })
})
