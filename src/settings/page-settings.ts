import { z } from 'zod'
import { httpUrl } from './archive-settings.ts'

// The settings of the status page, and of the plugin that shows it; `settings.ts` has the whole.

const tls = z.strictObject({
  CertificateFile: z
    .string()
    .min(1)
    .describe('PEM file of the certificate of the status page, with those between it and its authority after it.'),
  KeyFile: z.string().min(1).describe('PEM file of its private key, without a passphrase.'),
  HstsDays: z
    .number()
    .int()
    .min(0)
    .max(730)
    .default(0)
    .describe(
      'Days that browsers speak TLS alone to this host, on all its ports (HSTS); not where an Orthanc without TLS has the same name.',
    ),
})

export const http = z.strictObject({
  Host: z.string().default('127.0.0.1').describe('Address the status page listens on.'),
  Port: z.number().int().min(0).max(65535).default(8050).describe('Port of the status page; 0 takes a free one.'),
  Token: z
    .string()
    .min(16)
    .optional()
    .describe('Token for pages and APIs; best given as ${ENV}. Without it one is made and kept in StateDir.'),
  Tls: tls.optional().describe('Serves the status page and API over TLS.'),
  RequestsPerMinute: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(3000)
    .describe('Requests that one address may send in a minute.'),
  FailedSignInsPerMinute: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('Failed sign-ins that one address may try in a minute.'),
})

export const plugin = z.strictObject({
  Key: z
    .string()
    .min(16)
    .optional()
    .describe(
      'Secret shared by the plugin and the service; best given as ${ENV}. Autostart makes one where none is set.',
    ),
  ServiceUrl: httpUrl
    .optional()
    .describe('Root of the service as Orthanc reaches it; by default Http.Host and Http.Port on this machine.'),
  CaFile: z
    .string()
    .optional()
    .describe(
      'PEM file of the certificate authority that signed the service at an https ServiceUrl, where the machine of Orthanc does not trust it.',
    ),
})
