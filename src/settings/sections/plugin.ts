import { z } from 'zod'
import { section, setting } from '../setting.ts'
import { httpUrl } from './connection.ts'

export const plugin = section({
  Key: setting(z.string().min(16).optional(), {
    description:
      'Secret shared by the plugin and the service. Set it through ${ENV}. By default Autostart generates one.',
    takesEffect: 'restart',
    holds: 'secret',
  }),
  ServiceUrl: setting(httpUrl.optional(), {
    description: 'Root URL at which Orthanc reaches the service. By default Http.Host and Http.Port on this machine.',
    takesEffect: 'restart',
  }),
  // Only the plugin trusts it, not this process.
  CaFile: setting(z.string().optional(), {
    description:
      'PEM file of the certificate authority behind an https ServiceUrl. Needed if the machine of Orthanc does not trust that authority.',
    takesEffect: 'restart',
    holds: 'path',
    probe: 'file',
  }),
})
