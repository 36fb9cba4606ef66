import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import { tooManyRequests } from './errors.ts'

const windowMs = 60_000

/** Requests that one address may send in a minute; more are answered 429 with Retry-After until the minute is over. */
export interface RateLimits {
  readonly requestsPerMinute: number
  /** Sign-ins that failed; one that succeeds is not counted. */
  readonly failedSignInsPerMinute: number
}

/** Before everything but `/health/live`: one client, however broken, leaves the service time for its studies. */
export function limitRequests({ requestsPerMinute }: RateLimits): RequestHandler {
  return perAddress({ limit: requestsPerMinute })
}

/** Before the ways to sign in: codes and tokens cannot be guessed by trying. */
export function limitSignIns({ failedSignInsPerMinute }: RateLimits): RequestHandler {
  return perAddress({
    limit: failedSignInsPerMinute,
    skipSuccessfulRequests: true,
    // A browser that is let in is sent on with 303.
    requestWasSuccessful: (_request, response) => response.statusCode < 400,
  })
}

function perAddress(options: Parameters<typeof rateLimit>[0]): RequestHandler {
  return rateLimit({
    ...options,
    windowMs,
    legacyHeaders: false,
    standardHeaders: false,
    // Addresses are those of the sockets. Headers in which a proxy names another are not believed, and nothing to complain of.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_request, response, next) => {
      response.set('Retry-After', String(windowMs / 1000))
      next(tooManyRequests())
    },
  })
}
