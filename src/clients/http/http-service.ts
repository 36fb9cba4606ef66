import { addressHasCredentials } from './errors.ts'

/** How we authenticate. */
type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }

/** An HTTP server that we call. */
export interface HttpService {
  /** Its name in messages: `Orthanc`, `the FHIR server`. */
  readonly name: string
  /** Root of all paths, without a trailing slash. */
  readonly url: string
  readonly credentials: Credentials
  /** Time limit for one exchange. */
  readonly timeoutMs: number
}

/**
 * Checks and completes the description of a server.
 * @throws HTTP_ADDRESS_HAS_CREDENTIALS if the URL holds a user name or password, because URLs end up in logs
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

/** The login in a server's settings. Without any of these, we call it without authentication. */
export interface Login {
  readonly Username?: string | undefined
  readonly Password?: string | undefined
  readonly Token?: string | undefined
}

export function credentialsOf(settings: Login): Credentials {
  if (settings.Token !== undefined) return { kind: 'bearer', token: settings.Token }
  if (settings.Username === undefined) return { kind: 'none' }
  return { kind: 'basic', username: settings.Username, password: settings.Password ?? '' }
}

/** The Authorization header (RFC 7617 in UTF-8, RFC 6750), if any. */
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

/** The server's name and address in messages, without path and query, because paths hold study UIDs. */
export function describeService({ name, url }: HttpService): string {
  return `${name} at ${new URL(url).origin}`
}
