import { z } from 'zod'
import { section, setting } from '../setting.ts'
import { httpUrl } from './connection.ts'

export const plugin = section({
  Key: setting(z.string().min(16).optional(), {
    description:
      'Secret shared by the plugin and the service; best given as ${ENV}. Autostart makes one where none is set.',
    takesEffect: 'restart',
    holds: 'secret',
  }),
  ServiceUrl: setting(httpUrl.optional(), {
    description: 'Root of the service as Orthanc reaches it; by default Http.Host and Http.Port on this machine.',
    takesEffect: 'restart',
  }),
  // The plugin trusts it, not this process.
  CaFile: setting(z.string().optional(), {
    description:
      'PEM file of the certificate authority that signed the service at an https ServiceUrl, where the machine of Orthanc does not trust it.',
    takesEffect: 'restart',
    holds: 'path',
    probe: 'file',
  }),
})
