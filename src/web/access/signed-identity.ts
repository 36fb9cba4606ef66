import { timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../clock.ts'
import type { Actor } from './access.ts'
import { signatureHeaders, signatureOf, signatureValidityMs } from '../../clients/http/request-signature.ts'

/** The part of a request that an identity is read from; Express's fits. */
export interface IdentifiedRequest {
  readonly method: string
  /** Path and query as they came. */
  readonly originalUrl: string
  readonly headers: IncomingHttpHeaders
}

/** Headers by which proxies name a user. None of them is believed, so a request that carries one is refused, not half heard. */
const foreignIdentityHeaders = ['remote-user', 'x-remote-user', 'x-forwarded-user']
const identityHeaders = [...Object.values(signatureHeaders), ...foreignIdentityHeaders]

/** Whether the request says by a header who sends it: then that must be proven, whatever else it carries. */
export function claimsIdentity({ headers }: IdentifiedRequest): boolean {
  return identityHeaders.some((name) => headers[name] !== undefined)
}

/** Believes the plugin inside Orthanc, which signs who sends a request: each signature for half a minute, once. */
export class SignedIdentity {
  readonly #key: string
  readonly #clock: Clock
  /** Signatures that were accepted, and when each has lapsed anyway, in that order. */
  readonly #used = new Map<string, number>()
  /** Several handlers ask about one request, whose signature counts once. */
  readonly #judged = new WeakMap<IdentifiedRequest, { readonly actor: Actor | undefined }>()

  constructor(key: string, clock: Clock) {
    this.#key = key
    this.#clock = clock
  }

  /** Who signed the request; undefined when nobody did whom we believe. */
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
    // What follows was written by the holder of the key.
    const nowMs = this.#clock.now().getTime()
    if (Math.abs(nowMs - Number(fields.time)) > signatureValidityMs) return undefined
    return this.#useOnce(text('signature'), nowMs) ? actorNamed(fields.actor) : undefined
  }

  #useOnce(signature: string, nowMs: number): boolean {
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

/** A user of Orthanc, by the name that they logged in there with. */
export function isOrthancUser(name: string): name is `orthanc:${string}` {
  return /^orthanc:./su.test(name)
}
