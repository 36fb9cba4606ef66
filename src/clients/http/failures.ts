import { TriageError } from '../../errors/triage-error.ts'
import * as errors from './errors.ts'
import { type HttpService, describeService } from './http-service.ts'

/** Whether a request changes the server. If the answer to a write is lost, the write may have happened. */
export type Effect = 'read' | 'write'

/**
 * Classifies an HTTP status other than 2xx for a retry.
 * @param reasons the server's reasons as codes; never its free text, which may quote patient data
 */
export function statusFailure(service: HttpService, effect: Effect, status: number, reasons = ''): TriageError {
  const server = describeService(service)
  if (status === 401 || status === 403) return errors.unauthorized(server, status)
  if (status === 404) return errors.notFound(server)
  if (notNow.has(status)) return errors.busy(server, status)
  if (status < 400) return errors.redirected(server, status)
  if (!mayPass(status)) return errors.refused(server, status, reasons)
  // A gateway's 502 or 504 and the server's own 500 may be sent after the write has happened.
  return effect === 'write' ? errors.writeUncertain(server, `HTTP ${status}`) : errors.busy(server, status)
}

/**
 * Request Timeout, Too Early, Too Many Requests, Service Unavailable (RFC 9110, 8470, 6585): the request was not
 * processed.
 */
const notNow = new Set([408, 425, 429, 503])

/** Whether a request with this status may succeed later. 501 Not Implemented stays. */
export function mayPass(status: number): boolean {
  return notNow.has(status) || (status >= 500 && status !== 501)
}

const connectTimeout = 'CONNECT_TIMEOUT'

const neverConnected = new Set([
  connectTimeout,
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * The error that our clients throw if a server does not accept a connection in time. Like the socket's errors, it has a
 * code.
 */
export function connectTimedOut(): Error {
  return Object.assign(new Error('The connection was not accepted in time.'), { code: connectTimeout })
}

/**
 * Classifies a failure below HTTP (no response, or an incomplete one) for a retry; a classified error is returned
 * unchanged.
 */
export function transportFailure(service: HttpService, effect: Effect, thrown: unknown): TriageError {
  if (thrown instanceof TriageError) return thrown
  const server = describeService(service)
  if (isTimeout(thrown)) {
    return effect === 'write'
      ? errors.writeUncertain(server, `no answer within ${service.timeoutMs} ms`)
      : errors.timedOut(server, service.timeoutMs)
  }
  const code = causeCode(thrown)
  if (neverConnected.has(code)) return errors.unreachable(server, code)
  if (isCertificateFailure(code)) return errors.certificateRefused(server, code)
  return effect === 'write' ? errors.writeUncertain(server, code) : errors.connectionLost(server, code)
}

/** Whether an error code means that the peer's certificate is not trusted. */
export function isCertificateFailure(code: string): boolean {
  return /CERT|SELF_SIGNED|^ERR_TLS|UNABLE_TO/.test(code)
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'TimeoutError' || isTimeout(thrown.cause))
}

/**
 * The innermost error code: fetch wraps the socket's error, and a host with several addresses wraps one error for each.
 */
export function causeCode(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'unknown'
  const inner = thrown.cause ?? (thrown instanceof AggregateError ? (thrown.errors[0] as unknown) : undefined)
  if (inner !== undefined) return causeCode(inner)
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name
}
