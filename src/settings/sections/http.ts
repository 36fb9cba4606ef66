import { z } from 'zod'
import { section, setting, subsection } from '../setting.ts'

const tls = section({
  CertificateFile: setting(z.string().min(1), {
    description: 'PEM file of the certificate of the status page, with those between it and its authority after it.',
    takesEffect: 'restart',
    holds: 'path',
  }),
  KeyFile: setting(z.string().min(1), {
    description: 'PEM file of its private key, without a passphrase.',
    takesEffect: 'restart',
    holds: 'path',
  }),
  HstsDays: setting(z.number().int().min(0).max(730).default(0), {
    description:
      'Days that browsers speak TLS alone to this host, on all its ports (HSTS); not where an Orthanc without TLS has the same name.',
    takesEffect: 'restart',
  }),
})

export const http = section({
  Host: setting(z.string().default('127.0.0.1'), {
    description: 'Address the status page listens on.',
    takesEffect: 'restart',
  }),
  Port: setting(z.number().int().min(0).max(65535).default(8050), {
    description: 'Port of the status page; 0 takes a free one.',
    takesEffect: 'restart',
  }),
  Token: setting(z.string().min(16).optional(), {
    description: 'Token for pages and APIs; best given as ${ENV}. Without it one is made and kept in StateDir.',
    takesEffect: 'restart',
    holds: 'secret',
  }),
  Tls: subsection(tls.optional(), {
    description: 'Serves the status page and API over TLS.',
    probe: 'certificate',
  }),
  RequestsPerMinute: setting(z.number().int().min(1).max(1_000_000).default(3000), {
    description: 'Requests that one address may send in a minute.',
    takesEffect: 'restart',
  }),
  FailedSignInsPerMinute: setting(z.number().int().min(1).max(1000).default(10), {
    description: 'Failed sign-ins that one address may try in a minute.',
    takesEffect: 'restart',
  }),
})
