import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { type IdentifiedRequest, SignedIdentity } from './signed-identity.ts'

/**
 * Who sent a request, as far as it showed that: the holder of the token, a browser that signed in here, the plugin inside Orthanc on
 * its own account, or a user of Orthanc for whom the plugin vouches.
 */
export type Actor = 'token' | 'session' | 'plugin' | `orthanc:${string}`

const codeLifetimeMs = 60 * 60_000
const sessionLifetimeMs = 12 * 60 * 60_000

interface AccessOptions {
  readonly token: string
  readonly clock: Clock
  /** A fresh unguessable code. */
  readonly newCode: () => string
  /** Shared with the plugin inside Orthanc; without it nobody is believed who is vouched for. */
  readonly pluginKey?: string | undefined
}

/** Who may come in: bearers of the token, browsers that used a one-time code, and whom the plugin inside Orthanc vouches for. */
export class Access {
  readonly #token: string
  readonly #clock: Clock
  readonly #newCode: () => string
  /** Unused codes, hashed, and when each expires. */
  readonly #codes = new Map<string, number>()
  readonly #identity: SignedIdentity | undefined

  constructor({ token, clock, newCode, pluginKey }: AccessOptions) {
    this.#token = token
    this.#clock = clock
    this.#newCode = newCode
    this.#identity = pluginKey === undefined ? undefined : new SignedIdentity(pluginKey, clock)
  }

  isToken(candidate: string): boolean {
    // Hashes have one length, so the comparison takes the same time whatever is sent.
    return timingSafeEqual(digest(candidate), digest(this.#token))
  }

  /** A code that opens one session within an hour. */
  issueCode(): string {
    const code = this.#newCode()
    this.#codes.set(digest(code).toString('hex'), this.#nowMs() + codeLifetimeMs)
    return code
  }

  /** True once for each code issued. */
  redeemCode(code: string): boolean {
    const key = digest(code).toString('hex')
    const expiresMs = this.#codes.get(key)
    this.#codes.delete(key)
    return expiresMs !== undefined && this.#nowMs() < expiresMs
  }

  /** A session that needs no memory here: it outlives restarts and ends early when the token changes. */
  openSession(): { readonly value: string; readonly lifetimeMs: number } {
    const expires = String(this.#nowMs() + sessionLifetimeMs)
    return { value: `${expires}.${this.#sign(expires)}`, lifetimeMs: sessionLifetimeMs }
  }

  isSession(value: string): boolean {
    const [expires = '', signature = ''] = value.split('.')
    const signed = timingSafeEqual(digest(signature), digest(this.#sign(expires)))
    return signed && this.#nowMs() < Number(expires)
  }

  /** Whom the plugin vouches for; undefined for a signature that is missing, wrong, old or used before. */
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
