import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { type IdentifiedRequest, SignedIdentity } from './signed-identity.ts'

/**
 * The authenticated sender of a request: a client with the token, a signed-in browser, the Orthanc plugin itself, or an
 * Orthanc user named by the plugin.
 */
export type Actor = 'token' | 'session' | 'plugin' | `orthanc:${string}`

const codeLifetimeMs = 60 * 60_000
const sessionLifetimeMs = 12 * 60 * 60_000

interface AccessOptions {
  readonly token: string
  readonly clock: Clock
  /** A new unguessable code. */
  readonly newCode: () => string
  /** Key shared with the Orthanc plugin; without it, every signed request is refused. */
  readonly pluginKey?: string | undefined
}

/** Authenticates clients by token, browsers by one-time code, and the Orthanc plugin by signature. */
export class Access {
  readonly #token: string
  readonly #clock: Clock
  readonly #newCode: () => string
  /** Hashes of unused codes, with their expiry on the steady clock. */
  readonly #codes = new Map<string, number>()
  readonly #identity: SignedIdentity | undefined

  constructor({ token, clock, newCode, pluginKey }: AccessOptions) {
    this.#token = token
    this.#clock = clock
    this.#newCode = newCode
    this.#identity = pluginKey === undefined ? undefined : new SignedIdentity(pluginKey, clock)
  }

  isToken(candidate: string): boolean {
    // Hashes have equal length, so the comparison takes constant time.
    return timingSafeEqual(digest(candidate), digest(this.#token))
  }

  /** A code that opens one session, valid for an hour. */
  issueCode(): string {
    const code = this.#newCode()
    this.#codes.set(digest(code).toString('hex'), this.#clock.steadyMs() + codeLifetimeMs)
    return code
  }

  /** True for a valid code, once. */
  redeemCode(code: string): boolean {
    const key = digest(code).toString('hex')
    const expiresMs = this.#codes.get(key)
    this.#codes.delete(key)
    return expiresMs !== undefined && this.#clock.steadyMs() < expiresMs
  }

  /** A signed session, not stored here: it survives a restart and becomes invalid if the token changes. */
  openSession(): { readonly value: string; readonly lifetimeMs: number } {
    const expires = String(this.#nowMs() + sessionLifetimeMs)
    return { value: `${expires}.${this.#sign(expires)}`, lifetimeMs: sessionLifetimeMs }
  }

  isSession(value: string): boolean {
    const [expires = '', signature = ''] = value.split('.')
    const signed = timingSafeEqual(digest(signature), digest(this.#sign(expires)))
    const leftMs = Number(expires) - this.#nowMs()
    // A session that was opened while the clock was years ahead would otherwise last for years. A correction of hours
    // signs nobody out.
    return signed && leftMs > 0 && leftMs <= 2 * sessionLifetimeMs
  }

  /** The actor named by the plugin; undefined if the signature is missing, wrong, expired or already used. */
  signedActor(request: IdentifiedRequest): Actor | undefined {
    return this.#identity?.actorOf(request)
  }

  #sign(expires: string): string {
    return createHmac('sha256', this.#token).update(`session until ${expires}`).digest('base64url')
  }

  #nowMs(): number {
    return this.#clock.now().getTime()
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
