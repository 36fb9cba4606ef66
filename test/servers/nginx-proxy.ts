import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/demo/free-port.ts'
import { until } from '../service/fixtures.ts'
import { selfSignedCertificate } from './certificates.ts'

/** A real nginx that serves another server over HTTPS below a path, as hospitals run Orthanc. */
export interface NginxProxy {
  /** `https://127.0.0.1:port/pacs`, without a trailing slash. */
  readonly url: string
  readonly caFile: string
  stop(): Promise<void>
}

/** @param target root of the server behind it */
export async function startNginx(target: string): Promise<NginxProxy> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-nginx-'))
  const { CertificateFile, KeyFile } = await selfSignedCertificate(dir, 'nginx')
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${dir}/${name};`,
  )
  const configuration = `
    daemon off; worker_processes 1; pid ${dir}/nginx.pid; error_log ${dir}/error.log;
    events {}
    http {
      access_log off; client_max_body_size 0; ${temporary.join(' ')}
      server {
        listen 127.0.0.1:${port} ssl;
        ssl_certificate ${CertificateFile}; ssl_certificate_key ${KeyFile};
        location /pacs/ { proxy_pass ${target}/; proxy_request_buffering off; }
      }
    }`
  const file = join(dir, 'nginx.conf')
  await writeFile(file, configuration)
  const server = spawn('/usr/sbin/nginx', ['-c', file, '-e', join(dir, 'error.log')], { stdio: 'ignore' })
  const endWithUs = (): void => void server.kill('SIGKILL')
  process.once('exit', endWithUs)
  server.once('exit', () => process.off('exit', endWithUs))
  const url = `https://127.0.0.1:${port}`
  // An untrusted certificate also proves that it listens.
  await until(() =>
    fetch(url).then(
      () => true,
      (error: unknown) => error instanceof Error && !/ECONNREFUSED/.test(String(error.cause)),
    ),
  )
  return {
    url: `${url}/pacs`,
    caFile: CertificateFile,
    stop: async () => {
      const ended = once(server, 'exit')
      server.kill('SIGTERM')
      await ended
      await rm(dir, { recursive: true })
    },
  }
}
