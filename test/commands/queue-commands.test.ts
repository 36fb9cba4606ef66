import { type ChildProcess, execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { defineError } from '../../src/errors.ts'
import { StudySearch } from '../../src/intake/study-search.ts'
import type { StudyOutcome } from '../../src/pipeline.ts'
import { childChestRadiograph, newUid } from '../servers/dicom-samples.ts'
import { withOrthanc } from '../servers/orthanc.ts'
import { prediction, reported, resultsOf, studyUid, until } from '../service/fixtures.ts'
import { type ServiceBench, arrivalOf, token, withService } from '../service/service-bench.ts'

const broken = defineError('TEST_BROKEN', 'permanent', () => 'The image cannot be read.')

interface CommandRun {
  readonly child: ChildProcess
  readonly stderr: () => string
  readonly ended: Promise<{ code: number; stdout: string; stderr: string }>
}

/** A command line that asks a service whose settings lie in `configuration`. */
function start(configuration: string, ...args: readonly string[]): CommandRun {
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<CommandRun['ended']>>()
  const line = ['src/cli.ts', ...args, '--orthanc-config', configuration]
  const child = execFile(process.execPath, line, { encoding: 'utf8' }, (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
  })
  let stderr = ''
  child.stderr?.on('data', (chunk: string) => (stderr += chunk))
  return { child, stderr: () => stderr, ended }
}

const run = (configuration: string, ...args: readonly string[]) => start(configuration, ...args).ended

async function configurationFor(
  { service, stateDir }: Pick<ServiceBench, 'service' | 'stateDir'>,
  archive: { url: string; username: string; password: string } | undefined,
): Promise<string> {
  const file = join(stateDir, 'orthanc.json')
  const { url = 'http://127.0.0.1:9', username: Username, password: Password } = archive ?? {}
  const section = {
    Orthanc: { Url: url, Username, Password },
    DicomWeb: { Url: `${url}/dicom-web`, Username, Password },
    Http: { Port: Number(new URL(service.url).port), Token: token },
  }
  await writeFile(file, JSON.stringify({ LungTriage: section }))
  return file
}

function found(studyInstanceUid: string): StudyOutcome {
  const finding = prediction(studyInstanceUid, 0.2)
  return reported({ prediction: finding, results: resultsOf(finding, Uint8Array.of(1)) })
}

const stateOf = ({ store }: ServiceBench, uid: string) => store.studies.get(uid)?.progress.state

describe('backfill', function () {
  this.timeout(120_000)
  const orthanc = withOrthanc()

  const send = async (tags: Record<string, string>): Promise<string> => {
    const sample = childChestRadiograph({ tags, studyInstanceUid: newUid() })
    await orthanc().send(sample)
    return sample.studyInstanceUid
  }

  it('has the radiographs of those days analysed and nothing else, and each once', async () => {
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
      // Results were stored: the archive names the study, which holds nothing else that is new.
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

  it('never lets a queue of years arise, lets new studies go first, and goes on after an interruption', async () => {
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
      await until(() => interrupted.stderr().includes('20 studies wait here already'))
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

  it('says so where no service answers, or a day is none', async () => {
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

describe('replay and cancel', function () {
  this.timeout(60_000)
  const [first, second] = [studyUid(1), studyUid(2)]

  it('has all dead letters tried again, or one study', async () => {
    let mended = false
    const find = ({ studyInstanceUid }: { studyInstanceUid: string }): Promise<StudyOutcome> =>
      mended ? Promise.resolve(found(studyInstanceUid)) : Promise.reject(broken())
    await withService({ find }, async (bench) => {
      const configuration = await configurationFor(bench, undefined)
      for (const uid of [first, second]) await bench.feed(arrivalOf(uid))
      await until(() => [first, second].every((uid) => stateOf(bench, uid) === 'dead'))
      mended = true
      const one = await run(configuration, 'replay', '--study', first, '--json')
      expect(JSON.parse(one.stdout)).to.deep.equal({ studyInstanceUid: first, effect: 'queued' })
      await until(() => stateOf(bench, first) === 'done')
      expect(stateOf(bench, second)).to.equal('dead')
      const dead = await run(configuration, 'replay', '--dead', '--json')
      expect(JSON.parse(dead.stdout)).to.deep.equal({ studyInstanceUid: second, effect: 'queued' })
      await until(() => stateOf(bench, second) === 'done')
      expect((await run(configuration, 'replay', '--dead')).stderr).to.include('no dead letter')
      const unknown = await run(configuration, 'replay', '--study', studyUid(3))
      expect([unknown.code, unknown.stderr.includes('No such study')]).to.deep.equal([1, true])
      expect((await run(configuration, 'replay', '--dead', '--study', first)).code).to.equal(2)
    })
  })

  it('takes a study out of the queue, and says what it cannot stop', async () => {
    const released = Promise.withResolvers<StudyOutcome>()
    await withService({ find: () => released.promise }, async (bench) => {
      const configuration = await configurationFor(bench, undefined)
      const waiting = studyUid(3)
      for (const uid of [first, second, waiting]) await bench.feed(arrivalOf(uid))
      await until(() => stateOf(bench, second) === 'active')
      const out = await run(configuration, 'cancel', '--study', waiting, '--json')
      expect([out.code, out.stdout.includes('"cancelled"')]).to.deep.equal([0, true])
      expect(bench.store.studies.get(waiting)?.progress).to.have.nested.property('problem.code', 'cancelled')
      const busy = await run(configuration, 'cancel', '--study', first)
      expect([busy.code, busy.stdout.includes('is being worked on')]).to.deep.equal([1, true])
      released.resolve(found(first))
    })
  })
})
