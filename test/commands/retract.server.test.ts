import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import { sendStudies } from '../../src/demo/send-studies.ts'
import type { ServiceProcess } from '../../src/demo/service-process.ts'
import { syntheticRadiographs } from '../../src/demo/sources.ts'
import { type DemoStack, startStack } from '../../src/demo/stack.ts'
import { exchangeJson } from '../../src/clients/http/exchange.ts'
import type { HttpService } from '../../src/clients/http/http-service.ts'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { modelDir } from '../../src/analyse/model-folder.ts'
import { shippedAtlas } from '../lungs/shipped-atlas.ts'
import { until } from '../service/fixtures.ts'

const model = 'pneumonia/1.0.1'
/** Polls with pauses, because the service limits the requests per address. */
const settled = (condition: () => Promise<boolean>) => until(condition, 50)

const studySchema = z.object({
  state: z.string(),
  problem: z.object({ code: z.string() }).optional(),
  finding: z.looseObject({ kind: z.string(), model: z.object({ version: z.string() }) }).optional(),
})

describe('retracting a model of a running service', function () {
  this.timeout(300_000)
  let dir: string
  let stack: DemoStack
  let service: ServiceProcess | undefined

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-retract-'))
    // Every finding is "present", so every study is raised.
    stack = await startStack(dir, { Thresholds: { Present: 0, Absent: 0 } })
  })

  after(async () => {
    await service?.stop('SIGKILL')
    await stack.orthanc.stop('SIGKILL')
    await rm(dir, { recursive: true })
  })

  const studies = syntheticRadiographs(shippedAtlas(), { startedAt: new Date(), seed: 'retract' }, 2)
  const uids = studies.map(({ studyInstanceUid }) => studyInstanceUid)
  const read = <Schema extends z.ZodType>(from: HttpService, path: string, schema: Schema) =>
    exchangeJson(from, { method: 'GET', path, effect: 'read', maxBytes: 2 ** 24 }, schema)
  const studyOf = (uid: string) => read(stack.serviceApi, `/api/studies/${uid}`, studySchema)
  const ask = (method: 'POST', path: string) =>
    exchangeJson(stack.serviceApi, { method, path, effect: 'write', maxBytes: 2 ** 20 }, z.unknown())

  const retract = (...more: readonly string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const { credentials } = stack.serviceApi
      const env = {
        ...process.env,
        LUNG_TRIAGE_ORTHANC_PASSWORD: stack.orthanc.password,
        LUNG_TRIAGE_TOKEN: credentials.kind === 'bearer' ? credentials.token : '',
      }
      const args = ['src/cli.ts', 'retract', '--orthanc-config', stack.orthanc.configurationDir, ...more]
      execFile(process.execPath, args, { encoding: 'utf8', env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
      })
    })

  /** Number of rejection notes of a study, and whether it is marked as suspected pneumonia. */
  const inOrthanc = async (uid: string) => {
    const client = new OrthancClient(stack.orthancApi)
    const [id] = await client.lookup('Study', uid)
    const series = (await client.seriesOfStudy(id!)) ?? []
    const marks = (await client.system()).HasLabels ? 'labels' : 'metadata'
    const names = await read(stack.orthancApi, `/studies/${id}/${marks}`, z.array(z.string()))
    return {
      notes: series.filter((one) => one.MainDicomTags.Modality === 'KO').flatMap((one) => one.Instances).length,
      marked: names.some((name) => ['pneumonia-suspected', '4701'].includes(name)),
    }
  }

  const reports = z.object({ entry: z.array(z.object({ resource: z.looseObject({ status: z.string() }) })) })
  const statuses = async (type: string) =>
    (await read(stack.serviceApi, `/fhir/${type}`, reports)).entry.map(({ resource }) => resource.status)

  it('reports COMMAND_SERVICE_SILENT if no service answers', async () => {
    const run = await retract('--model', '1.0.1')
    expect(run.code).to.equal(1)
    expect(run.stderr).to.include('COMMAND_SERVICE_SILENT').and.include('lung-triage serve')
  })

  it('withdraws every result of the model from Orthanc, FHIR and the worklist', async () => {
    service = await stack.startService()
    await sendStudies(studies, stack.orthancApi)
    for (const uid of uids) await settled(async () => (await isKnown(uid)) && (await studyOf(uid)).state === 'done')
    await settled(async () => (await announced('unchanged')) >= 2)
    expect(await inOrthanc(uids[0]!)).to.deep.equal({ notes: 0, marked: true })

    const unknown = await retract('--model', '1.0.2')
    expect([unknown.code, unknown.stderr.includes(`Known models: ${model}`)]).to.deep.equal([1, true])

    const run = await retract('--model', '1.0.1', '--json')
    expect(run.code, run.stderr).to.equal(0)
    expect(JSON.parse(run.stdout)).to.deep.include({ model, pending: 0, done: 2, failed: 0, problems: [] })
    for (const uid of uids) {
      expect(await inOrthanc(uid)).to.deep.equal({ notes: 1, marked: false })
      const { finding } = await studyOf(uid)
      expect(finding).to.include({ kind: 'withdrawn' }).and.to.not.have.any.keys('probabilities', 'decision')
    }
    for (const type of ['DiagnosticReport', 'Observation'])
      expect(await statuses(type)).to.deep.equal(['entered-in-error', 'entered-in-error'])

    // The archive announces the rejection notes, which are no reason to analyse the studies again.
    await settled(async () => (await announced('arrived')) + (await announced('unchanged')) >= 6)
    expect(await announced('arrived')).to.equal(2)

    const again = await retract('--model', model)
    expect(again.stdout).to.include('2 results withdrawn')
    expect((await inOrthanc(uids[0]!)).notes).to.equal(1)
  })

  it('disables the model permanently, and warns when the service starts', async () => {
    await ask('POST', `/api/studies/${uids[0]!}/retry`)
    await settled(async () => (await studyOf(uids[0]!)).state === 'dead')
    expect((await studyOf(uids[0]!)).problem?.code).to.equal('SERVICE_MODEL_RETRACTED')
    await service!.stop()
    service = await stack.startService()
    const warning = `WARNING: the model ${model} was retracted`
    await until(async () => (await readFile(stack.logFile, 'utf8')).includes(warning))
    await ask('POST', `/api/studies/${uids[0]!}/retry`)
    await settled(async () => (await studyOf(uids[0]!)).state === 'dead')
  })

  it('lets a different model analyse the study, whose new result supersedes the withdrawn one', async () => {
    await service!.stop()
    await setModel(await modelOfVersion('1.0.2'))
    service = await stack.startService()
    await ask('POST', `/api/studies/${uids[0]!}/retry`)
    await settled(async () => (await studyOf(uids[0]!)).state === 'done')
    const { finding } = await studyOf(uids[0]!)
    expect(finding).to.include({ kind: 'analysed' }).and.to.have.nested.property('model.version', '1.0.2')
    expect(await inOrthanc(uids[0]!)).to.deep.equal({ notes: 1, marked: true })
    expect((await statuses('DiagnosticReport')).sort()).to.deep.equal([
      ...['entered-in-error', 'entered-in-error', 'preliminary'],
    ])
    const results = z.object({ results: z.array(z.object({ model: z.string(), resultKey: z.string() })) })
    const kept = (await read(stack.serviceApi, `/api/studies/${uids[0]!}/results`, results)).results
    expect(kept.map((one) => one.model)).to.deep.equal([model, 'pneumonia/1.0.2'])
    const newest = await read(stack.serviceApi, `/fhir/DiagnosticReport`, z.unknown())
    expect(JSON.stringify(newest)).to.include(`diagnosticReport-replaces`).and.include(kept[0]!.resultKey)
  })

  const isKnown = async (uid: string) => {
    const list = z.object({ studies: z.array(z.object({ studyInstanceUid: z.string() })) })
    const known = await read(stack.serviceApi, '/api/studies', list)
    return known.studies.some((one) => one.studyInstanceUid === uid)
  }

  /** Number of announced studies that were new, or in which only our own results were. */
  const announced = async (as: 'arrived' | 'unchanged') =>
    (await readFile(stack.logFile, 'utf8')).split(`"study.${as}"`).length - 1

  /** Copies the shipped model under a new version, like a later release. */
  async function modelOfVersion(version: string): Promise<string> {
    const [from, to] = [modelDir(model), join(dir, 'model')]
    await mkdir(to)
    for (const file of await readdir(from)) {
      if (file.endsWith('.onnx')) await symlink(join(from, file), join(to, file))
      else await copyFile(join(from, file), join(to, file))
    }
    const manifest = JSON.parse(await readFile(join(from, 'manifest.json'), 'utf8')) as object
    await writeFile(join(to, 'manifest.json'), JSON.stringify({ ...manifest, version }))
    return to
  }

  async function setModel(folder: string): Promise<void> {
    const file = join(stack.orthanc.configurationDir, 'orthanc.json')
    const whole = JSON.parse(await readFile(file, 'utf8')) as { LungTriage: object }
    await writeFile(file, JSON.stringify({ ...whole, LungTriage: { ...whole.LungTriage, Model: folder } }))
  }
})
