import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { z } from 'zod'
import { Metrics } from '../../src/service/observe/metrics.ts'
import { type PrometheusServer, startPrometheus } from '../servers/prometheus-server.ts'
import { setClock, studyUid, until } from '../service/fixtures.ts'
import { type ServiceBench, arrivalOf, token, withService } from '../service/service-bench.ts'

const run = promisify(execFile)

const dashboard = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })),
})

async function dashboardQueries(): Promise<string[]> {
  const { panels } = dashboard.parse(JSON.parse(await readFile('config/grafana/lung-triage.json', 'utf8')))
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
}

const queryAnswer = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
})

const rulesAnswer = z.object({
  data: z.object({
    groups: z.array(
      z.object({ rules: z.array(z.object({ name: z.string(), health: z.string(), state: z.string() })) }),
    ),
  }),
})

describe('the Prometheus and Grafana configuration', () => {
  it('passes promtool: rule check, rule tests and configuration check', async () => {
    const inFolder = { cwd: 'config/prometheus' }
    for (const args of [
      ['check', 'rules', 'lung-triage.rules.yml'],
      ['test', 'rules', 'lung-triage.rules.test.yml'],
      ['check', 'config', '--syntax-only', 'prometheus.yml'],
    ])
      expect((await run('promtool', args, inFolder)).stdout).to.include('SUCCESS')
  })

  it('uses only metrics that the service exports', async () => {
    const metrics = new Metrics()
    metrics.followFeed('orthanc', setClock())
    await withService({}, async ({ store, stateDir }) => {
      metrics.watchStore(store, setClock())
      metrics.watchStateDir(stateDir)
      metrics.describe({ Version: '0' })
      const known = new Set(
        [...(await metrics.registry.metrics()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', kind]) =>
          kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
        ),
      )
      const rules = await readFile('config/prometheus/lung-triage.rules.yml', 'utf8')
      const asked =
        `${rules}\n${(await dashboardQueries()).join('\n')}`.match(/\b(lung_triage|process|nodejs)_\w+/g) ?? []
      expect(asked.length).to.be.above(20)
      expect(asked.filter((name) => !known.has(name))).to.deep.equal([])
    })
  })

  it('lets Prometheus scrape the service with the token, and evaluate every rule and dashboard query', async () => {
    const ask = async ({ api }: PrometheusServer, query: string) =>
      queryAnswer.parse(await api(`query?query=${encodeURIComponent(query)}`)).data.result
    const watch = async ({ service, feed }: ServiceBench) => {
      const prometheus = await startPrometheus(service.url, token)
      try {
        await feed(arrivalOf(studyUid(1)))
        await until(async () => (await ask(prometheus, 'lung_triage_studies{state="done"}'))[0]?.value[1] === '1')
        expect((await ask(prometheus, 'up{job="lung-triage"}'))[0]?.value[1]).to.equal('1')
        const alerts = async () =>
          rulesAnswer.parse(await prometheus.api('rules')).data.groups.flatMap(({ rules }) => rules)
        const written = (await readFile('config/prometheus/lung-triage.rules.yml', 'utf8')).matchAll(/- alert: (\w+)/g)
        expect((await alerts()).map(({ name }) => name)).to.have.members([...written].map(([, name]) => name))
        await until(async () => (await alerts()).every(({ health }) => health === 'ok'))
        expect((await alerts()).filter(({ state }) => state !== 'inactive')).to.deep.equal([])
        for (const query of await dashboardQueries()) await ask(prometheus, query)
      } finally {
        await prometheus.stop()
      }
    }
    await withService({}, watch)
  })
})
