import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse } from 'yaml'
import { z } from 'zod'
import { readSettings } from '../../src/settings/read-settings.ts'
import { readStages } from './dockerfile.ts'

const hardened = z.object({
  image: z.string().regex(/^[\w./-]+:[\w.-]*\d/, 'a version'),
  read_only: z.boolean().default(false),
  user: z.string().optional(),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  privileged: z.never().optional(),
  command: z.array(z.string()).optional(),
  ports: z.array(z.string().startsWith('127.0.0.1:')).default([]),
  volumes: z.array(z.string()).default([]),
  networks: z.array(z.string()),
  deploy: z.object({ replicas: z.number() }).optional(),
})
const composeFile = z.object({
  services: z.record(z.string(), hardened),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
})

const compose = composeFile.parse(parse(readFileSync('docker/compose.yaml', 'utf8'), { merge: true }))

for (const file of ['docker/Dockerfile', 'docker/Dockerfile.cuda']) {
  describe(file, () => {
    const stages = readStages(file)
    const steps = stages.flatMap((stage) => stage.steps)
    const of = (keyword: string) => steps.filter((step) => step.keyword === keyword).map(({ text }) => text)

    it('starts from images with a pinned version, or from its own stages', () => {
      const own = new Set(stages.map(({ name }) => name))
      for (const { image } of stages) if (!own.has(image)) expect(image).to.match(/:[\w.-]*\d/)
    })

    it('ends every image as an unprivileged, numeric user', () => {
      for (const stage of stages.filter(({ name }) => name !== 'packages')) {
        const users = stage.steps.filter(({ keyword }) => keyword === 'USER').map(({ text }) => text)
        expect(users.at(-1), stage.name).to.match(/^[1-9]\d+:[1-9]\d+$/)
      }
    })

    it('installs Node and npm packages by package-lock.json, without development packages', () => {
      const node = (JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: { node: string } }).dependencies
        .node
      expect(stages[0]?.image).to.equal(`node:${node}-bookworm-slim`)
      expect(of('RUN')[0]).to.match(/^npm ci --omit=dev/)
    })

    it('copies only existing files that .dockerignore allows, and adds nothing from the network', () => {
      const allowed = readFileSync('.dockerignore', 'utf8').match(/(?<=^!).+$/gm) ?? []
      expect(of('ADD')).to.deep.equal([])
      for (const text of of('COPY').filter((copy) => !copy.startsWith('--from='))) {
        for (const source of text.split(/\s+/).slice(0, -1)) {
          expect(existsSync(source), source).to.equal(true)
          expect(allowed).to.include(source)
        }
      }
    })

    it('contains no secret, and starts without a shell', () => {
      expect([...of('ENV'), ...of('ARG')].join('\n')).to.not.match(/token|password|secret/i)
      expect(of('ENTRYPOINT')).to.deep.equal(['["node", "/app/src/cli.ts"]'])
      expect(JSON.parse(of('CMD').at(-1) ?? '')).to.deep.equal(['serve', '--orthanc-config', '/etc/orthanc'])
    })

    it('leaves no package lists behind', () => {
      for (const run of of('RUN').filter((text) => text.includes('apt-get'))) {
        expect(run)
          .to.include('--no-install-recommends')
          .and.to.match(/rm -rf \/var\/lib\/apt\/lists\/\*$/)
      }
    })
  })
}

describe('docker/compose.yaml', () => {
  it('has Orthanc, the service, two workers, Redis and Prometheus', () => {
    expect(Object.keys(compose.services)).to.have.members(['orthanc', 'redis', 'lung-triage', 'worker', 'prometheus'])
    expect(compose.services['worker']?.deploy?.replicas).to.equal(2)
    expect(compose.services['worker']?.command?.[0]).to.equal('work')
    expect(compose.services['lung-triage']?.command?.[0]).to.equal('serve')
  })

  it('runs all services except Orthanc as non-root on a read-only file system', () => {
    for (const [name, service] of Object.entries(compose.services).filter(([one]) => one !== 'orthanc')) {
      expect(service.read_only, name).to.equal(true)
      expect(service.user, name).to.match(/^[1-9]\d*:[1-9]\d*$/)
    }
  })

  it('references only existing networks, volumes and files', () => {
    for (const { networks, volumes } of Object.values(compose.services)) {
      expect(Object.keys(compose.networks)).to.include.members(networks)
      for (const source of volumes.map((volume) => volume.split(':')[0] ?? '')) {
        if (source.startsWith('.')) expect(existsSync(`docker/${source}`), source).to.equal(true)
        else expect(Object.keys(compose.volumes)).to.include(source)
      }
    }
  })

  it('contains no secret, and requires every secret', () => {
    const text = readFileSync('docker/compose.yaml', 'utf8')
    for (const line of text.match(/^\s+LUNG_TRIAGE_(TOKEN|\w*PASSWORD|\w*SECRET):.*$/gm) ?? [])
      expect(line).to.match(/\$\{\w+:\?/)
  })

  const secrets = {
    LUNG_TRIAGE_TOKEN: 'a token of the tests',
    LUNG_TRIAGE_ORTHANC_PASSWORD: 'secret',
    LUNG_TRIAGE_QUEUE_SECRET: 'a secret of the tests, of 32 characters or more',
  }

  it('configures Orthanc with a section that the service accepts', async () => {
    const reading = await readSettings('docker/orthanc', secrets)
    const problems = reading.kind === 'invalid' ? reading.problems : []
    expect(problems).to.deep.equal([])
  })

  it('is valid for docker compose (skipped without docker)', function () {
    if (spawnSync('docker', ['compose', 'version']).status !== 0) this.skip()
    const args = ['compose', '--file', 'docker/compose.yaml', 'config', '--quiet']
    const { status, stderr } = spawnSync('docker', args, { encoding: 'utf8', env: { ...process.env, ...secrets } })
    expect(status, stderr).to.equal(0)
  })
})
