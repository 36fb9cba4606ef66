import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'
import { tooManyRequests } from './errors.ts'

const windowMs = 60_000

/** Limits per client address and minute. Requests above the limit are answered with 429 and Retry-After. */
export interface RateLimits {
  readonly requestsPerMinute: number
  /** Successful sign-ins are not counted. */
  readonly failedSignInsPerMinute: number
}

/** For every address except `/health/live`: one misbehaving client must not starve the analysis of studies. */
export function limitRequests({ requestsPerMinute }: RateLimits): RequestHandler {
  return perAddress({ limit: requestsPerMinute })
}

/** For `/login`: prevents brute-force guessing of codes and tokens. */
export function limitSignIns({ failedSignInsPerMinute }: RateLimits): RequestHandler {
  return perAddress({
    limit: failedSignInsPerMinute,
    skipSuccessfulRequests: true,
    // A successful sign-in is answered with 303.
    requestWasSuccessful: (_request, response) => response.statusCode < 400,
  })
}

function perAddress(options: Parameters<typeof rateLimit>[0]): RequestHandler {
  return rateLimit({
    ...options,
    windowMs,
    legacyHeaders: false,
    standardHeaders: false,
    // The client address is that of the socket. Forwarded headers are ignored, so the library need not warn about them.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_request, response, next) => {
      response.set('Retry-After', String(windowMs / 1000))
      next(tooManyRequests())
    },
  })
}
