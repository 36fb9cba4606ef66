import { addressHasCredentials } from './errors.ts'

/** How we say who we are. */
type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }

/** A server we speak to over HTTP. */
export interface HttpService {
  /** What people call it in messages: `Orthanc`, `the FHIR server`. */
  readonly name: string
  /** Root below which all paths are, without a slash at its end. */
  readonly url: string
  readonly credentials: Credentials
  /** Longest time for one whole exchange. */
  readonly timeoutMs: number
}

/**
 * Checks and completes the description of a server.
 * @throws HTTP_ADDRESS_HAS_CREDENTIALS when the URL itself holds a user name or password: URLs end up in logs
 */
export function httpService(options: {
  readonly name: string
  readonly url: string
  readonly credentials: Credentials
  readonly timeoutMs?: number
}): HttpService {
  const { name, url, credentials, timeoutMs = 60_000 } = options
  const parsed = new URL(url)
  if (parsed.username !== '' || parsed.password !== '') throw addressHasCredentials(name)
  return { name, url: url.replace(/\/+$/, ''), credentials, timeoutMs }
}

/** Credentials out of the settings of a server, where any of them may be absent. */
export function credentialsOf(settings: {
  readonly Username?: string | undefined
  readonly Password?: string | undefined
  readonly Token?: string | undefined
}): Credentials {
  if (settings.Token !== undefined) return { kind: 'bearer', token: settings.Token }
  if (settings.Username === undefined) return { kind: 'none' }
  return { kind: 'basic', username: settings.Username, password: settings.Password ?? '' }
}

/** The Authorization header (RFC 7617 in UTF-8, RFC 6750), or none. */
export function authorizationHeaders(credentials: Credentials): Record<string, string> {
  switch (credentials.kind) {
    case 'none':
      return {}
    case 'basic': {
      const pair = Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64')
      return { Authorization: `Basic ${pair}` }
    }
    case 'bearer':
      return { Authorization: `Bearer ${credentials.token}` }
  }
}

/** Where the server is, as messages name it: no path (study UIDs are in paths), no query. */
export function describeService({ name, url }: HttpService): string {
  return `${name} at ${new URL(url).origin}`
}
