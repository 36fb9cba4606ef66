import { expect } from 'chai'
import { StudySearch } from '../../src/intake/study-search.ts'
import type { StudyOutcome } from '../../src/pipeline.ts'
import { childChestRadiograph, newUid } from '../servers/dicom-samples.ts'
import { withOrthanc } from '../servers/orthanc.ts'
import { studyUid, until } from '../service/fixtures.ts'
import { arrivalOf, withService } from '../service/service-bench.ts'
import { configurationFor, found, run, start, stateOf } from './queue-command.ts'

describe('backfill', function () {
  this.timeout(120_000)
  const orthanc = withOrthanc()

  const send = async (tags: Record<string, string>): Promise<string> => {
    const sample = childChestRadiograph({ tags, studyInstanceUid: newUid() })
    await orthanc().send(sample)
    return sample.studyInstanceUid
  }

  it('analyses only the radiographs of the given days, each once', async () => {
    const worked: string[] = []
    const find = ({ studyInstanceUid }: { studyInstanceUid: string }): Promise<StudyOutcome> => {
      worked.push(studyInstanceUid)
      return Promise.resolve(found(studyInstanceUid))
    }
    await withService({ find }, async (bench) => {
      const wanted = [
        await send({ StudyDate: '20230301' }),
        await send({ StudyDate: '20230301' }),
        await send({ StudyDate: '20230303', Modality: 'DX' }),
      ]
      const others = [
        await send({ StudyDate: '20230301', Modality: 'CT' }),
        await send({ StudyDate: '20230304' }),
        await send({ StudyDate: '20230228' }),
      ]
      const configuration = await configurationFor(bench, orthanc().process)
      const days = ['--from', '20230301', '--to', '20230303', '--studies-per-minute', '6000', '--json']
      const first = await run(configuration, 'backfill', ...days)
      expect(first.code, first.stderr).to.equal(0)
      expect(JSON.parse(first.stdout)).to.include({ from: '20230301', to: '20230303', queued: 3, known: 0 })
      await until(() => wanted.every((uid) => stateOf(bench, uid) === 'done'))
      expect(others.map((uid) => stateOf(bench, uid))).to.deep.equal([undefined, undefined, undefined])
      // The archive announces the study again because results were stored in it; nothing else in it is new.
      for (const studyInstanceUid of wanted) {
        const series = await new StudySearch(orthanc().dicomWeb).seriesOf(studyInstanceUid)
        await bench.feed({ study: { studyInstanceUid }, series })
      }
      const again = await run(configuration, 'backfill', ...days)
      expect(JSON.parse(again.stdout)).to.include({ queued: 0, known: 3 })
      expect(bench.store.studies.countByState()).to.include({ waiting: 0, active: 0, done: 3 })
      expect(worked).to.have.members(wanted)
    })
  })

  it('limits the queue, gives new studies precedence, and resumes after an interruption', async () => {
    const released = Promise.withResolvers<undefined>()
    const order: string[] = []
    const find = async ({ studyInstanceUid }: { studyInstanceUid: string }): Promise<StudyOutcome> => {
      order.push(studyInstanceUid)
      await released.promise
      return found(studyInstanceUid)
    }
    await withService({ find }, async (bench) => {
      const past: string[] = []
      for (let index = 0; index < 26; index++) past.push(await send({ StudyDate: '20220101' }))
      const configuration = await configurationFor(bench, orthanc().process)
      const days = ['--from', '20220101', '--to', '20220101', '--studies-per-minute', '6000']
      const interrupted = start(configuration, 'backfill', ...days)
      await until(() => interrupted.stderr().includes('The queue already holds 20 studies'))
      interrupted.child.kill('SIGKILL')
      await interrupted.ended
      expect(bench.store.studies.countByState()).to.include({ waiting: 20, active: 2 })

      await bench.feed(arrivalOf(studyUid(1)))
      released.resolve(undefined)
      const rest = await run(configuration, 'backfill', ...days, '--json')
      expect(JSON.parse(rest.stdout)).to.include({ queued: 4, known: 22 })
      await until(() => [...past, studyUid(1)].every((uid) => stateOf(bench, uid) === 'done'))
      expect(order[2]).to.equal(studyUid(1))
      expect(order).to.have.members([...past, studyUid(1)])
    })
  })

  it('rejects an invalid date, and reports that no service answers', async () => {
    let configuration = ''
    await withService({}, async (bench) => {
      configuration = await configurationFor(bench, orthanc().process)
      const silent = { service: { ...bench.service, url: 'http://127.0.0.1:9' }, stateDir: bench.stateDir }
      const nobody = await run(
        await configurationFor(silent, undefined),
        'backfill',
        '--from',
        '20230301',
        '--to',
        '20230301',
      )
      expect([nobody.code, nobody.stderr.includes('COMMAND_SERVICE_SILENT')]).to.deep.equal([1, true])
    })
    for (const days of [
      ['--from', '20230230', '--to', '20230301'],
      ['--from', '20230302', '--to', '20230301'],
    ]) {
      expect((await run(configuration, 'backfill', ...days)).code).to.equal(2)
    }
  })
})
