import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { rollBack } from '../../../src/service/store/sqlite/database.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { inTempDir, setClock, until } from '../fixtures.ts'
import { type ServiceBench, withService } from '../service-bench.ts'
import { keptStudies, keptUntil, layOutKeptState } from './kept-state.ts'

const schemaOf010 = 7
const { infant, unclear, withdrawn } = keptStudies

interface ToldStudy {
  readonly studyInstanceUid: string
  readonly state: string
  readonly problem?: { readonly code: string }
  readonly finding?: { readonly kind: string; readonly flags?: readonly { readonly code: string }[] }
}

/** The current service on a copy of that state. No attempt at a study ends, so their states do not change. */
const withKeptState = (test: (bench: ServiceBench) => Promise<void>) =>
  withService({ prepare: layOutKeptState, clock: setClock(keptUntil), find: () => new Promise(() => undefined) }, test)

async function studiesOf({ ask }: ServiceBench): Promise<Readonly<Record<string, ToldStudy>>> {
  const { studies } = (await (await ask('/api/studies')).json()) as { studies: readonly ToldStudy[] }
  return Object.fromEntries(studies.map((one) => [one.studyInstanceUid, one]))
}

/** All rows of a database except those of the migrations table. */
function rowsOf(path: string): Readonly<Record<string, unknown>> {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = database
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migrations'`)
      .all()
    return Object.fromEntries(
      tables.map(({ name }) => [String(name), database.prepare(`SELECT * FROM "${String(name)}"`).all()]),
    )
  } finally {
    database.close()
  }
}

describe('state folder of version 0.1.0', function () {
  this.timeout(60_000)

  it('shows each study in its previous state, with codes in the current spelling', () =>
    withKeptState(async (bench) => {
      await until(async () => (await bench.queue.job(keptStudies.active))?.state === 'active')
      const studies = await studiesOf(bench)
      const told = Object.entries(keptStudies).map(([name, uid]) => {
        const { state, problem } = studies[uid]!
        return [name, problem === undefined ? state : `${state} ${problem.code}`]
      })
      expect(Object.fromEntries(told)).to.deep.equal({
        ...{ infant: 'done', unclear: 'done', withdrawn: 'done', damaged: 'done' },
        ...{ lateral: 'skipped NOT_FRONTAL', empty: 'skipped NO_IMAGES', cancelled: 'skipped CANCELLED' },
        ...{ absent: 'dead INTAKE_STUDY_NOT_FOUND', retrying: 'retrying HTTP_TIMED_OUT' },
        ...{ active: 'active', waiting: 'waiting' },
      })
      expect(studies[infant]?.finding?.flags?.map(({ code }) => code)).to.deep.equal(['AGE_OUTSIDE_RANGE'])
      expect(studies[unclear]?.finding?.flags?.map(({ code }) => code)).to.deep.equal([
        ...['BODY_PART_UNKNOWN', 'VIEW_UNKNOWN', 'AGE_UNKNOWN'],
        ...['SECONDARY_IMAGE', 'BURNED_IN_ANNOTATION', 'LUNGS_NOT_FOUND'],
      ])
      expect(studies[withdrawn]?.finding?.kind).to.equal('withdrawn')
    }))

  it('shows the worklist and a page for every study', () =>
    withKeptState(async ({ ask }) => {
      const worklist = await (await ask('/?period=all')).text()
      for (const words of ['Waiting', 'Retry scheduled', 'Done', 'Skipped', 'Failed', 'Withdrawn', 'Pneumonia present'])
        expect(worklist).to.include(words)
      const page = async (name: keyof typeof keptStudies) => {
        const answer = await ask(`/studies/${keptStudies[name]}`)
        expect(answer.status, name).to.equal(200)
        return answer.text()
      }
      for (const name of Object.keys(keptStudies) as (keyof typeof keptStudies)[]) await page(name)
      expect(await page('infant'))
        .to.include('8 months')
        .and.include('disagreed with')
      expect(await page('empty'))
        .to.include('NO_IMAGES')
        .and.not.include('no-images')
      expect(await page('cancelled'))
        .to.include('CANCELLED')
        .and.include('cancelled the analysis')
    }))

  it('serves the pictures of stored results and answers 410 for those of a withdrawn one', () =>
    withKeptState(async ({ ask, store }) => {
      for (const path of [`/studies/${infant}/pictures/0`, `/studies/${unclear}/pictures/0/thumbnail`]) {
        const answer = await ask(path)
        expect([answer.status, answer.headers.get('content-type')?.split('/')[0]]).to.deep.equal([200, 'image'])
      }
      const [{ resultKey } = { resultKey: '' }] = store.results.ofStudy(withdrawn)
      expect((await ask(`/studies/${withdrawn}/pictures/0?result=${resultKey}`)).status).to.equal(410)
    }))

  it('returns stored results unchanged except for flag codes in the current spelling', () =>
    withKeptState((bench) => {
      const { results } = bench.store
      const kept = results.keptResults(results.latestResultKey(infant)!)!
      expect(
        kept.prediction.kind === 'analysed' && kept.prediction.images[0].flags.map(({ code }) => code),
      ).to.deep.equal(['AGE_OUTSIDE_RANGE'])
      expect(kept.results.resultKey).to.equal(results.latestResultKey(infant))
      expect(kept.results.parts.segmentations?.length).to.equal(1)
      expect(kept.results.parts.fhir?.entry.map(({ resource }) => resource.resourceType)).to.include('DiagnosticReport')
      return Promise.resolve()
    }))

  it('does not analyse a study again that the archive announces as it was, and does if it has grown', () => {
    const series = (seriesInstanceUid: string, instanceCount: number) => ({
      ...{ seriesInstanceUid, modality: 'CR', instanceCount },
    })
    // As that version noted it of a study from the change feed; the kept studies came through the API.
    const prepare = (stateDir: string) => {
      layOutKeptState(stateDir)
      const database = new DatabaseSync(join(stateDir, 'store.sqlite'))
      database.prepare('UPDATE studies SET content = ? WHERE study_uid = ?').run(`${infant}.1:2`, infant)
      database.close()
    }
    const find = () => new Promise<never>(() => undefined)
    return withService({ prepare, clock: setClock(keptUntil), find }, async ({ feed, store }) => {
      const own = [...store.results.ownSeries(infant)].map((uid) => series(uid, 1))
      expect(own).to.not.deep.equal([])
      const announce = (count: number) =>
        feed({ study: { studyInstanceUid: infant }, series: [series(`${infant}.1`, count), ...own] })
      await announce(2)
      expect(store.studies.get(infant)?.progress.state).to.equal('done')
      await announce(3)
      expect(store.studies.get(infant)?.progress.state).to.not.equal('done')
    })
  })

  it('rolls back to version 0.1.0 with every row unchanged', () =>
    inTempDir((dir) => {
      const path = join(dir, 'store.sqlite')
      layOutKeptState(dir)
      const before = rowsOf(path)
      new SqliteStore(path).close()
      expect(JSON.stringify(rowsOf(path)['studies']))
        .to.include('AGE_OUTSIDE_RANGE')
        .and.not.include('age-outside')
      expect(rollBack(path, schemaOf010).from).to.be.greaterThan(schemaOf010)
      expect(rowsOf(path)).to.deep.equal(before)
    }))
})
