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
  environment: z.record(z.string(), z.string()).default({}),
  deploy: z.object({ replicas: z.number() }).optional(),
})
const composeFile = z.object({
  services: z.record(z.string(), hardened),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
})

const compose = composeFile.parse(parse(readFileSync('docker/compose.yaml', 'utf8'), { merge: true }))

for (const [file, debianInstalls] of [
  ['docker/Dockerfile', 2],
  ['docker/Dockerfile.cuda', 0],
] as const) {
  describe(file, () => {
    const stages = readStages(file)
    const steps = stages.flatMap((stage) => stage.steps)
    const of = (keyword: string) => steps.filter((step) => step.keyword === keyword).map(({ text }) => text)

    it('starts from images with a pinned version, or from its own stages', () => {
      const own = new Set(stages.map(({ name }) => name))
      const foreign = stages.map(({ image }) => image).filter((image) => !own.has(image))
      expect(foreign).to.have.length(2)
      for (const image of foreign) expect(image).to.match(/:[\w.-]*\d/)
    })

    it('ends every image as an unprivileged, numeric user', () => {
      const [packages, ...images] = stages
      expect([packages?.name, images.length > 0]).to.deep.equal(['packages', true])
      for (const stage of images) {
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
      const copies = of('COPY').filter((copy) => !copy.startsWith('--from='))
      const sources = copies.flatMap((text) => text.split(/\s+/).slice(0, -1))
      expect(sources).to.include.members(['package.json', 'package-lock.json', 'src', 'models'])
      for (const source of sources) expect(existsSync(source), source).to.equal(true)
      expect(allowed).to.include.members(sources)
    })

    it('contains no secret, and starts without a shell', () => {
      expect([...of('ENV'), ...of('ARG')].join('\n')).to.not.match(/token|password|secret/i)
      expect(of('ENTRYPOINT')).to.deep.equal(['["node", "/app/src/cli.ts"]'])
      expect(JSON.parse(of('CMD').at(-1) ?? '')).to.deep.equal(['serve', '--orthanc-config', '/etc/orthanc'])
    })

    it('installs Debian packages only where it needs them, and leaves no package lists behind', () => {
      const installs = of('RUN').filter((text) => text.includes('apt'))
      expect(installs).to.have.length(debianInstalls)
      for (const run of installs)
        expect(run).to.match(/^apt-get .* --no-install-recommends .* rm -rf \/var\/lib\/apt\/lists\/\*$/)
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
    const others = Object.entries(compose.services).filter(([one]) => one !== 'orthanc')
    expect(others).to.not.be.empty
    for (const [name, service] of others) {
      expect(service.read_only, name).to.equal(true)
      expect(service.user, name).to.match(/^[1-9]\d*:[1-9]\d*$/)
    }
  })

  it('references only existing networks, volumes and files, and every network and volume of the file', () => {
    const services = Object.values(compose.services)
    const sources = services.flatMap(({ volumes }) => volumes.map((volume) => volume.split(':')[0] ?? ''))
    const files = sources.filter((source) => source.startsWith('.'))
    expect(files).to.include('./orthanc')
    for (const file of files) expect(existsSync(`docker/${file}`), file).to.equal(true)
    expect(new Set(sources.filter((source) => !files.includes(source)))).to.have.all.keys(Object.keys(compose.volumes))
    expect(new Set(services.flatMap(({ networks }) => networks))).to.have.all.keys(Object.keys(compose.networks))
  })

  const secrets = {
    LUNG_TRIAGE_TOKEN: 'a token of the tests',
    LUNG_TRIAGE_ORTHANC_PASSWORD: 'secret',
    LUNG_TRIAGE_QUEUE_SECRET: 'a secret of the tests, of 32 characters or more',
  }

  it('contains no secret, and requires every secret', () => {
    const set = Object.entries(compose.services).flatMap(([service, { environment }]) =>
      Object.entries(environment)
        .filter(([name]) => /TOKEN|PASSWORD|SECRET|KEY/.test(name))
        .map(([name, value]) => ({ service, name, value })),
    )
    const users = ['orthanc', 'lung-triage', 'worker']
    expect(set.map(({ service, name }) => `${service} ${name}`)).to.have.members(
      users.flatMap((user) => Object.keys(secrets).map((name) => `${user} ${name}`)),
    )
    for (const { name, value } of set) expect(value).to.match(new RegExp(String.raw`^\$\{${name}:\?.+\}$`))
  })

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
