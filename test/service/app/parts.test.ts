import { expect } from 'chai'
import { dicomDate } from '../../../src/intake/study-search.ts'
import { FeedHealth } from '../../../src/service/feeds/feed-health.ts'
import { feedsOf } from '../../../src/service/app/feeds.ts'
import { readBackBy } from '../../../src/service/app/read-back.ts'
import type { Metrics } from '../../../src/service/observe/metrics.ts'
import { SettingsInForce } from '../../../src/settings/settings-in-force.ts'
import { type Settings, settingsSchema } from '../../../src/settings/settings.ts'
import { FakeOrthanc } from '../../intake/fake-orthanc.ts'
import { withAnswers } from '../../servers/http-answers.ts'
import { log } from '../queue/runner-bench.ts'
import { report, withStudies } from '../read-back/read-back-bench.ts'
import { accessionSystem } from '../service-bench.ts'
import { studyUid, until } from '../fixtures.ts'

const dayMs = 24 * 3_600_000
const settingsWith = (over: Readonly<Record<string, unknown>>): Settings =>
  settingsSchema.parse({ DicomWeb: { Url: 'http://127.0.0.1:1' }, Orthanc: { Url: 'http://127.0.0.1:1' }, ...over })

/** Starts the feeds, and stops them when the condition holds. Returns what was asked and which feed caught up. */
async function runFeeds(
  intake: Readonly<Record<string, unknown>>,
  enough: (seen: { readonly changes: number; readonly searches: readonly string[] }) => boolean,
) {
  const orthanc = new FakeOrthanc()
  const searches: string[] = []
  const caughtUp = new Set<string>()
  const metrics = { followFeed: (feed: string) => () => caughtUp.add(feed) } as unknown as Metrics
  const changes = () => orthanc.asked.filter((asked) => asked.startsWith('changes')).length
  await withStudies(({ store }) =>
    withAnswers(
      ({ url = '' }, response) => {
        searches.push(url)
        response.end('[]')
      },
      async (dicomWeb) => {
        const settings = new SettingsInForce(settingsWith({ Intake: intake }))
        const start = feedsOf(
          settings,
          { orthanc: orthanc.client, dicomWeb },
          { store, health: new FeedHealth(), metrics, log },
        )
        const nothing = () => Promise.resolve()
        const running = await start(nothing, nothing)
        await until(() => enough({ changes: changes(), searches }))
        await running.stop()
      },
    ),
  )
  return { changes: changes(), searches, caughtUp: [...caughtUp] }
}

describe('feeds of the settings', () => {
  it("follow Orthanc's changes by default, at the poll interval, and note when they have caught up", async () => {
    const { searches, caughtUp } = await runFeeds({ PollSeconds: 0.2 }, ({ changes }) => changes > 1)
    expect(caughtUp).to.deep.equal(['orthanc'])
    expect(searches).to.deep.equal([])
  })

  it('search the archive instead, at its own interval and within its own days, if they say so', async () => {
    const intake = { ChangeFeed: false, Qido: { Days: 9, PollSeconds: 0.2 } }
    const fromBefore = dicomDate(new Date(Date.now() - 10 * dayMs))
    const { changes, searches, caughtUp } = await runFeeds(intake, (seen) => seen.searches.length > 1)
    const fromAfter = dicomDate(new Date(Date.now() - 10 * dayMs))
    expect(changes).to.equal(0)
    expect(caughtUp).to.deep.equal(['qido'])
    expect(searches[0]).to.match(new RegExp(`StudyDate=(${fromBefore}|${fromAfter})`))
  })

  it('start nothing without a feed', async () => {
    const { changes, searches } = await runFeeds({ ChangeFeed: false }, () => true)
    expect([changes, searches.length]).to.deep.equal([0, 0])
  })
})

describe('read-back of the settings', () => {
  const Fhir = { AccessionIdentifierSystem: accessionSystem }
  const arrival = {
    study: { studyInstanceUid: studyUid(1), orthancId: 'a' },
    series: [{ seriesInstanceUid: '1.2', modality: 'SR', instanceCount: 1 }],
  }

  it('polls the FHIR server from the oldest stored study, and matches by the accession system', () =>
    withStudies(({ store, feedback, judged }) => {
      const asked: string[] = []
      return withAnswers(
        ({ url = '' }, response) => {
          asked.push(decodeURIComponent(url))
          const page = { resourceType: 'Bundle', entry: [{ resource: report('a', 1) }] }
          response.end(JSON.stringify(page))
        },
        async (fhir) => {
          const settings = settingsWith({ Fhir, Retention: { Days: 7 } })
          const servers = { fhir, orthanc: undefined, dicomWeb: fhir, hl7: undefined }
          const oldest = Date.now() - 7 * dayMs
          const running = readBackBy(settings, servers, undefined, store, log)(feedback)
          await until(() => judged(1).length > 0)
          await running.stop()
          const since = Date.parse(/_lastUpdated=ge([^&]+)/.exec(asked[0]!)?.[1] ?? '')
          expect(since).to.be.within(oldest, oldest + 3_600_000)
        },
      )
    }))

  it('asks the FHIR server nothing if FhirPollMinutes is 0', () =>
    withStudies(({ store, feedback }) => {
      const asked: string[] = []
      return withAnswers(
        ({ url = '' }, response) => {
          asked.push(url)
          response.end('{"resourceType":"Bundle"}')
        },
        async (fhir) => {
          const settings = settingsWith({ Fhir, Feedback: { FhirPollMinutes: 0 } })
          const servers = { fhir, orthanc: undefined, dicomWeb: fhir, hl7: undefined }
          const running = readBackBy(settings, servers, undefined, store, log)(feedback)
          // A poll would have been sent before this request.
          await fetch(`${fhir.url}/ours`)
          await running.stop()
          expect(asked).to.deep.equal(['/ours'])
        },
      )
    }))

  for (const [name, feedbackSettings, asked] of [
    ['reads signed reports from Orthanc by default', {}, ['seriesOfStudy a']],
    ['reads no signed reports if SignedReports is false', { SignedReports: false }, []],
  ] as const)
    it(name, () =>
      withStudies(async ({ store, feedback }) => {
        const orthanc = new FakeOrthanc()
        const settings = settingsWith({ Feedback: feedbackSettings })
        const servers = { fhir: undefined, orthanc: undefined, dicomWeb: undefined as never, hl7: undefined }
        const running = readBackBy(settings, servers, orthanc.client, store, log)(feedback)
        await running.arrived(arrival)
        await running.stop()
        expect(orthanc.asked).to.deep.equal(asked)
      }),
    )
})
