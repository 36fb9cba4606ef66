import { z } from 'zod'
import { forWrongFormat } from '../derived/wrong-value.ts'
import type { ServerProbe } from '../probes/server-probes.ts'
import { type Declared, section, setting } from '../setting.ts'

// Settings that the sections of servers share.

export const httpUrl = z.url({
  protocol: /^https?$/,
  error: forWrongFormat('must be a URL that starts with http:// or https://'),
})

export const login = {
  Username: setting(z.string().optional(), {
    description: 'User name for HTTP basic authentication.',
    takesEffect: 'restart',
  }),
  Password: setting(z.string().optional(), {
    description: 'Password for HTTP basic authentication; set it through ${ENV}.',
    takesEffect: 'restart',
    holds: 'secret',
  }),
}

/** The section of a server that needs only an address, a login and the authority of its certificate. */
export function server(
  description: string,
  probe: ServerProbe,
): z.ZodObject<{ Url: typeof httpUrl & Declared; CaFile: ReturnType<typeof caFileOf> } & typeof login, z.core.$strict> {
  const Url = setting(httpUrl, { description, takesEffect: 'restart', probe })
  return section({ Url, ...login, CaFile: caFileOf('the server') })
}

/** A CA file that this process trusts. */
export function caFileOf(server: string): z.ZodOptional<z.ZodString> & Declared {
  return setting(z.string().optional(), {
    description: `PEM file of the certificate authority that signed the certificate of ${server}.`,
    takesEffect: 'restart',
    holds: 'authority',
    probe: 'file',
  })
}
