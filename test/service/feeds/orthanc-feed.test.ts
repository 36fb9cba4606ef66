import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { httpService } from '../../../src/clients/http/http-service.ts'
import { OrthancClient } from '../../../src/clients/orthanc-client.ts'
import { createLog } from '../../../src/log.ts'
import { FeedHealth } from '../../../src/service/feeds/feed-health.ts'
import { orthancFeed } from '../../../src/service/feeds/orthanc-feed.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { FakeOrthanc } from '../../intake/fake-orthanc.ts'
import { inTempDir, planted, realClock, until } from '../fixtures.ts'

describe('Orthanc feed', () => {
  it('starts with the change at the stored position, logs failures without quoting the response, and ends when stopped', () =>
    inTempDir(async (dir) => {
      const asked: string[] = []
      const held = Promise.withResolvers<undefined>()
      const server = createServer((request, response) => {
        // The third request is still unanswered when the feed is stopped.
        if (asked.push(request.url ?? '') === 3) held.resolve(undefined)
        else response.writeHead(200, { 'Content-Type': 'application/json' }).end(`{"${planted.name}"`)
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      store.feeds.moveTo('orthanc-changes', 41)
      const lines: string[] = []
      const stream = { write: (line: string) => void lines.push(line) }
      const start = orthancFeed({
        client: new OrthancClient(httpService({ name: 'Orthanc', url, credentials: { kind: 'none' } })),
        feeds: store.feeds,
        ...{ clock: realClock, health: new FeedHealth() },
        pollSeconds: () => 0.01,
        onCaughtUp: () => undefined,
        log: createLog({ level: 'info', studyKey: (uid) => uid, stream }),
      })
      const nothing = () => Promise.resolve()
      const feed = await start(nothing, nothing)
      await held.promise
      await feed.stop()
      expect(asked[0]).to.match(/^\/changes\?since=40&/)
      expect(lines).to.have.length(2)
      for (const line of lines) expect(JSON.parse(line)).to.deep.include({ event: 'feed.trouble', level: 'warn' })
      expect(lines.join()).to.not.include('PLANTED')
      expect(store.feeds.position('orthanc-changes')).to.equal(41)
      store.close()
      server.close()
      server.closeAllConnections()
    }))

  it('tells which studies the archive still has, also those from before the line', () =>
    inTempDir(async (dir) => {
      const orthanc = new FakeOrthanc()
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      const log = createLog({ level: 'silent', studyKey: (uid) => uid })
      const start = orthancFeed({
        ...{ client: orthanc.client, feeds: store.feeds, clock: realClock, health: new FeedHealth() },
        ...{ pollSeconds: () => 0.01, onCaughtUp: () => undefined, log },
      })
      for (const study of ['old', 'older']) {
        orthanc.receive(study)
        orthanc.settle(study)
      }
      const told: string[][] = []
      const compare = (orthancIds: ReadonlySet<string>) => Promise.resolve(void told.push([...orthancIds]))
      const feed = await start(() => Promise.resolve(), compare)
      await until(() => told.length > 0)
      await feed.stop()
      expect(told[0]).to.have.members(['old', 'older'])
      store.close()
    }))

  it('makes the service not ready from the loss of changes until the recent studies are taken', () =>
    inTempDir(async (dir) => {
      const orthanc = new FakeOrthanc()
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      const health = new FeedHealth()
      let polls = 0
      const start = orthancFeed({
        ...{ client: orthanc.client, feeds: store.feeds, clock: realClock, health, pollSeconds: () => 0.01 },
        onCaughtUp: () => {
          polls++
        },
        log: createLog({ level: 'silent', studyKey: (uid) => uid }),
      })
      orthanc.receive('old')
      orthanc.settle('old')
      const states: string[] = []
      const feed = await start(
        () => health.probe().then(noted('ready'), noted('not ready')),
        () => Promise.resolve(),
      )
      const polledTwice = () =>
        until(
          (
            (before) => () =>
              polls >= before + 2
          )(polls),
        )
      await polledTwice()
      await health.probe()
      orthanc.replace()
      orthanc.wait()
      orthanc.receive('new')
      orthanc.settle('new')
      await until(() => states.length > 0)
      await polledTwice()
      await health.probe()
      await feed.stop()
      store.close()
      expect(states).to.deep.equal(['not ready'])

      function noted(state: string): () => void {
        return () => void states.push(state)
      }
    }))
})
