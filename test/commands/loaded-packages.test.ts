import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect } from 'chai'

const recorder = pathToFileURL('test/commands/record-packages.js').href
const study = '1.2.3'

interface Loaded {
  readonly code: number
  readonly stderr: string
  readonly packages: readonly string[]
}

/** Answers of Orthanc, of a DICOMweb archive without studies and of the service. */
const answers: Readonly<Record<string, unknown>> = {
  'GET /system': { Name: 'Orthanc', Version: '1.12.0', ApiVersion: 22, HasLabels: true },
  'GET /dicom-web/studies': [],
  'GET /health/live': {},
  'GET /api/studies': { studies: [] },
  [`POST /api/studies/${study}/cancel`]: { effect: 'cancelled' },
  'POST /api/retractions': {
    model: 'pneumonia/1.0.1',
    retractedAt: '2026-03-01T00:00:00Z',
    ...{ pending: 0, done: 0, failed: 0, problems: [] },
  },
}

describe('the packages that a command loads', function () {
  this.timeout(60_000)
  let folder: string
  let server: Server
  let url: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lung-triage-packages-'))
    server = createServer(({ method = '', url: path = '' }, response) => {
      const answer = answers[`${method} ${path.replace(/\?.*/, '')}`]
      response.writeHead(answer === undefined ? 404 : 200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(answer))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  after(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })

  async function loadedBy(...args: readonly string[]): Promise<Loaded> {
    const file = join(folder, 'packages')
    const env = { ...process.env, LOADED_PACKAGES: file }
    const ended = Promise.withResolvers<Omit<Loaded, 'packages'>>()
    execFile(process.execPath, ['--import', recorder, ...args], { env }, (error, _stdout, stderr) => {
      ended.resolve({ code: error === null ? 0 : Number(error.code), stderr })
    })
    const { code, stderr } = await ended.promise
    return { code, stderr, packages: (await readFile(file, 'utf8')).split('\n') }
  }

  const commandLine = (...args: readonly string[]) => loadedBy('src/cli.ts', ...args)

  async function configuration(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const section = {
      StateDir: folder,
      Orthanc: { Url: url },
      DicomWeb: { Url: `${url}/dicom-web` },
      Http: { Port: Number(new URL(url).port), Token: 'sixteen-characters-or-more' },
    }
    const file = join(folder, 'orthanc.json')
    await writeFile(file, JSON.stringify({ LungTriage: { ...section, ...more } }))
    return file
  }

  for (const option of ['--help', '--version']) {
    it(`are only commander for ${option}`, async () => {
      const { code, stderr, packages } = await commandLine(option)
      expect(code, stderr).to.equal(0)
      expect(packages).to.deep.equal(['commander'])
    })
  }

  const ofSettings = ['commander', 'jsonc-parser', 'zod']

  const commands = {
    cancel: ['--study', study],
    replay: ['--dead'],
    retract: ['--model', '1.0.1', '--yes'],
    backfill: ['--from', '20230301', '--to', '20230301'],
  }
  for (const [name, options] of Object.entries(commands)) {
    it(`are only those that read the settings for ${name}`, async () => {
      const { code, stderr, packages } = await commandLine(name, ...options, '--orthanc-config', await configuration())
      expect(code, stderr).to.equal(0)
      expect(packages).to.deep.equal(ofSettings)
    })
  }

  it('are only those that read the settings for check-config', async () => {
    const { code, stderr, packages } = await commandLine('check-config', await configuration())
    expect(code, stderr).to.equal(0)
    expect(packages).to.deep.equal(ofSettings)
  })

  it('include the Redis client for check-config if Queue.RedisUrl is set', async () => {
    const Queue = { RedisUrl: 'redis://127.0.0.1:1', Secret: 'x'.repeat(32) }
    const { code, packages } = await commandLine('check-config', await configuration({ Queue }))
    expect(code).to.equal(1)
    expect(packages).to.include.members([...ofSettings, 'ioredis'])
    expect(packages).to.not.include('bull')
  })

  it('include no web server for a worker', async () => {
    const { packages } = await loadedBy('src/service/app/open-worker.ts')
    expect(packages).to.include('bull')
    expect(packages).to.not.include('express')
  })
})
