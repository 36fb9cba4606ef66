import { z } from 'zod'
import { section, setting, subsection } from '../setting.ts'

const tls = section({
  CertificateFile: setting(z.string().min(1), {
    description: 'PEM file of the server certificate, followed by any intermediate certificates.',
    takesEffect: 'restart',
    holds: 'path',
  }),
  KeyFile: setting(z.string().min(1), {
    description: 'PEM file of the private key, without a passphrase.',
    takesEffect: 'restart',
    holds: 'path',
  }),
  HstsDays: setting(z.number().int().min(0).max(730).default(0), {
    description:
      'HSTS max-age in days: browsers then use only TLS for this host name, on all ports. Leave it 0 if an Orthanc without TLS has the same host name.',
    takesEffect: 'restart',
  }),
})

export const http = section({
  Host: setting(z.string().default('127.0.0.1'), {
    description: 'Address that the web server listens on.',
    takesEffect: 'restart',
  }),
  Port: setting(z.number().int().min(0).max(65535).default(8050), {
    description: 'Port that the web server listens on. 0 picks a free port.',
    takesEffect: 'restart',
  }),
  Token: setting(z.string().min(16).optional(), {
    description:
      'Access token for pages and API. Set it through ${ENV}. By default a token is generated and kept in StateDir.',
    takesEffect: 'restart',
    holds: 'secret',
  }),
  Tls: subsection(tls.optional(), {
    description: 'TLS for the web pages and the API.',
    probe: 'certificate',
  }),
  RequestsPerMinute: setting(z.number().int().min(1).max(1_000_000).default(3000), {
    description: 'Requests allowed per minute and client address.',
    takesEffect: 'restart',
  }),
  FailedSignInsPerMinute: setting(z.number().int().min(1).max(1000).default(10), {
    description: 'Failed sign-ins allowed per minute and client address.',
    takesEffect: 'restart',
  }),
})
