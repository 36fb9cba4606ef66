import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../clock.ts'
import type { Actor } from './access.ts'
import { signatureHeaders, signatureOf, signatureValidityMs } from '../../clients/http/request-signature.ts'

/** The part of an Express request that identifies its sender. */
export interface IdentifiedRequest {
  readonly method: string
  /** Path and query as received. */
  readonly originalUrl: string
  readonly headers: IncomingHttpHeaders
}

/** Headers in which proxies name a user. We trust none of them, so a request that carries one is refused. */
const foreignIdentityHeaders = ['remote-user', 'x-remote-user', 'x-forwarded-user']
const identityHeaders = [...Object.values(signatureHeaders), ...foreignIdentityHeaders]

/**
 * Whether a header names the sender. If so, only a valid signature counts, even if the request also has a valid token.
 */
export function claimsIdentity({ headers }: IdentifiedRequest): boolean {
  return identityHeaders.some((name) => headers[name] !== undefined)
}

/** Verifies the Orthanc plugin's signature of a request. Each signature is valid for 30 s and can be used once. */
export class SignedIdentity {
  readonly #key: string
  readonly #clock: Clock
  /** Accepted signatures with the time (ms, steady) after which they need not be remembered, oldest first. */
  readonly #used = new Map<string, number>()
  /** Results by request: several handlers check the same request, but its signature can be used only once. */
  readonly #judged = new WeakMap<IdentifiedRequest, { readonly actor: Actor | undefined }>()

  constructor(key: string, clock: Clock) {
    this.#key = key
    this.#clock = clock
  }

  /** The actor that the request's signature names; undefined without a valid signature. */
  actorOf(request: IdentifiedRequest): Actor | undefined {
    const judged = this.#judged.get(request) ?? { actor: this.#judge(request) }
    this.#judged.set(request, judged)
    return judged.actor
  }

  #judge({ method, originalUrl, headers }: IdentifiedRequest): Actor | undefined {
    const text = (name: keyof typeof signatureHeaders): string => String(headers[signatureHeaders[name]] ?? '')
    const fields = { method, path: originalUrl, actor: text('actor'), time: text('time'), nonce: text('nonce') }
    const expected = Buffer.from(signatureOf(this.#key, fields))
    const given = Buffer.from(text('signature'))
    if (foreignIdentityHeaders.some((name) => headers[name] !== undefined)) return undefined
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    // From here on, the fields are known to come from a holder of the key.
    const nowMs = this.#clock.now().getTime()
    if (Math.abs(nowMs - Number(fields.time)) > signatureValidityMs) return undefined
    return this.#useOnce(text('signature')) ? actorNamed(fields.actor) : undefined
  }

  /** By the steady clock: if the time of day jumps ahead and back, a used signature is still remembered. */
  #useOnce(signature: string): boolean {
    const nowMs = this.#clock.steadyMs()
    for (const [old, lapsesMs] of this.#used) {
      if (lapsesMs >= nowMs) break
      this.#used.delete(old)
    }
    if (this.#used.has(signature)) return false
    this.#used.set(signature, nowMs + 2 * signatureValidityMs)
    return true
  }
}

function actorNamed(encoded: string): Actor | undefined {
  const name = decodeURIComponent(encoded)
  if (name === 'plugin') return name
  return isOrthancUser(name) ? name : undefined
}

/** Whether the name is that of an Orthanc user: `orthanc:` and the user name in Orthanc. */
export function isOrthancUser(name: string): name is `orthanc:${string}` {
  return /^orthanc:./su.test(name)
}
