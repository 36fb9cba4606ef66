import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/demo/free-port.ts'

/** A real Prometheus for one test, with our configuration and rules. */
export interface PrometheusServer {
  /** Queries its HTTP API, for example `query?query=up`. */
  readonly api: (path: string) => Promise<unknown>
  stop(): Promise<void>
}

/** Starts Prometheus with `config/prometheus`. It scrapes one service every second. */
export async function startPrometheus(serviceUrl: string, token: string): Promise<PrometheusServer> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-prometheus-'))
  await cp('config/prometheus', dir, { recursive: true })
  const tokenFile = join(dir, 'token')
  await writeFile(tokenFile, `${token}\n`)
  const ours = await readFile('config/prometheus/prometheus.yml', 'utf8')
  const changed = ours
    .replace('/run/secrets/lung-triage-token', tokenFile)
    .replace('127.0.0.1:8050', new URL(serviceUrl).host)
    .replace('scrape_interval: 15s', 'scrape_interval: 1s\n  evaluation_interval: 1s')
  await writeFile(join(dir, 'prometheus.yml'), changed)
  const address = `127.0.0.1:${await freePort()}`
  const server = spawn(
    'prometheus',
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await ready(server)
  return {
    api: async (path) => (await fetch(`http://${address}/api/v1/${path}`)).json(),
    async stop() {
      if (server.exitCode === null) {
        server.kill()
        await once(server, 'exit')
      }
      await rm(dir, { recursive: true })
    },
  }
}

function ready(server: ChildProcess): Promise<void> {
  let said = ''
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.on('exit', () => {
      reject(new Error(`Prometheus ended: ${said}`))
    })
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (text.includes('Server is ready to receive web requests')) resolve()
    })
  })
}
