import { expect } from 'chai'
import { busy } from '../../../src/clients/http/errors.ts'
import { unexpected } from '../../../src/errors/triage-error.ts'
import { createLog } from '../../../src/log.ts'
import type { StartFeed } from '../../../src/service/app/start-service.ts'
import { allFeeds, feedLog, logCursor } from '../../../src/service/feeds/running-feed.ts'
import { withStore } from '../store/with-store.ts'

describe('all feeds', () => {
  it('start one after the other with the same intake, and have all ended when the stop returns', async () => {
    const journal: string[] = []
    const step = async (name: string): Promise<void> => {
      journal.push(name)
      await new Promise(setImmediate)
      journal.push(`${name} ended`)
    }
    const feed = (name: string): StartFeed => {
      return async (take) => {
        await step(`start ${name}`)
        await take({ study: { studyInstanceUid: name }, series: [] })
        return { stop: () => step(`stop ${name}`) }
      }
    }
    const take = ({ study }: { study: { studyInstanceUid: string } }) => step(`take ${study.studyInstanceUid}`)
    const running = await allFeeds([feed('a'), feed('b')])(take, () => Promise.resolve())
    const whole = (name: string): string[] => [name, `${name} ended`]
    expect(journal).to.deep.equal(['start a', 'take a', 'start b', 'take b'].flatMap(whole))
    journal.length = 0
    await running.stop()
    expect(journal).to.deep.equal(['stop a', 'stop b', 'stop a ended', 'stop b ended'])
  })
})

describe('log of a feed', () => {
  it('gives the reason of a declared error, and none for an undeclared one, which may quote patient data', () => {
    const lines: object[] = []
    const stream = { write: (line: string) => void lines.push(JSON.parse(line) as object) }
    const log = feedLog(createLog({ level: 'info', studyKey: (uid) => uid, stream }))
    log.warn({ code: busy.code }, 'The archive is busy.')
    log.warn({ position: 7 }, 'The database was replaced.')
    log.warn({ code: unexpected.code }, 'PLANTED^PATIENT^NAME')
    const told = lines.map((line) => ('reason' in line ? line.reason : undefined))
    expect(told).to.deep.equal(['The archive is busy.', 'The database was replaced.', undefined])
  })
})

describe('the stored place in the change log', () => {
  it('is read as written, and from an earlier version without a change', () =>
    withStore((open) => {
      const store = open()
      store.feeds.moveTo('orthanc-changes', 41)
      const cursor = logCursor(store.feeds, 'orthanc-changes')
      expect(cursor.read()).to.deep.equal({ seq: 41, mark: undefined, growing: [] })
      for (const mark of [{ id: 'abc', atMs: 1_772_000_000_000 }, null]) {
        const place = { seq: 42, mark, growing: ['def'] }
        cursor.write(place)
        expect(cursor.read()).to.deep.equal(place)
      }
    }))
})
