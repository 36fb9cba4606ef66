import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import type { ErrorCode } from '../errors/error-list.ts'
import { TriageError } from '../errors/triage-error.ts'
import { apiRoutes } from './routes/api-routes.ts'
import { auditEventRoutes } from './routes/audit-event-routes.ts'
import { type DeliveryRouteOptions, deliveryRoutes } from './routes/delivery-routes.ts'
import { type BackupOptions, backupRoutes } from './routes/backup-routes.ts'
import type { EventStreams } from './event-stream.ts'
import { type FeedbackOptions, feedbackRoutes } from './routes/feedback-routes.ts'
import { fhirRoutes } from './routes/fhir-routes.ts'
import { type Dependency, live, readyRoute } from './routes/health-routes.ts'
import { requireAccess, sendNotSignedIn, signInByCode, signInByToken } from './access/http-access.ts'
import { addressUnknown, requestInvalid, serviceFailed } from './errors.ts'
import type { Log } from '../log.ts'
import { isStateFault } from '../service/store/state-fault.ts'
import type { Metrics } from '../service/observe/metrics.ts'
import { metricsRoute } from './routes/metrics-route.ts'
import { type PageOptions, pageRoutes } from './routes/page-routes.ts'
import { type RateLimits, limitRequests, limitSignIns } from './rate-limits.ts'
import { limitBody, requireHost } from './request-checks.ts'
import { retractionRoutes } from './routes/retraction-routes.ts'
import { type QualityOptions, qualityRoutes } from './routes/quality-routes.ts'

interface HttpOptions extends PageOptions, DeliveryRouteOptions, FeedbackOptions, QualityOptions, BackupOptions {
  readonly events: EventStreams
  readonly dependencies: readonly Dependency[]
  /** Time limit of `/health/ready` for each dependency. */
  readonly probeTimeoutMs: number
  readonly rateLimits: RateLimits
  /** HSTS max-age in days; 0 sends no header. */
  readonly hstsDays: number
  readonly metrics: Metrics
  readonly log: Log
}

/**
 * The status page and API. Only `/health/live` and `/login` come before `requireAccess`. Every other address, known or
 * unknown, requires sign-in.
 */
export function createHttpApp(options: HttpOptions): Express {
  const { access, store, clock, events, dependencies, probeTimeoutMs, rateLimits, log } = options
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.use(securityHeaders(options.hstsDays), notStored, requestLog(log))
  app.get('/health/live', live)
  app.use(limitRequests(rateLimits), requireHost, limitBody)
  const signIn = { access, actions: store.actions, clock }
  app.get('/login', limitSignIns(rateLimits), signInByCode(signIn))
  app.post('/login', limitSignIns(rateLimits), ...signInByToken(signIn))
  app.use(requireAccess(access))
  app.get('/events', events.handle)
  const routes = [
    readyRoute({ dependencies, timeoutMs: probeTimeoutMs, pendingSettings: options.pendingSettings, log }),
    metricsRoute(options.metrics),
    ...apiRoutes(options),
    ...deliveryRoutes(options),
    ...retractionRoutes(options),
    ...backupRoutes(options),
    ...feedbackRoutes(options),
    // Before `fhirRoutes`, whose `/fhir/:type` also matches `/fhir/AuditEvent`.
    ...auditEventRoutes(options),
    ...fhirRoutes(options),
    ...pageRoutes(options),
    ...qualityRoutes(options),
  ]
  for (const { method, path, handlers } of routes) app[method](path, ...handlers)
  app.use(() => {
    throw addressUnknown()
  })
  app.use(sendError(log))
  return app
}

/** Allows only our own files, and no inline script or style. */
function securityHeaders(hstsDays: number): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'"],
        'connect-src': ["'self'"],
        'form-action': ["'self'"],
        'base-uri': ["'none'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // HSTS covers all ports of a host (RFC 6797 8.3), including an Orthanc without TLS on the same host, so it is
    // opt-in.
    strictTransportSecurity: hstsDays > 0 && { maxAge: hstsDays * 24 * 60 * 60, includeSubDomains: false },
    referrerPolicy: { policy: 'no-referrer' },
  })
}

const notStored: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store')
  next()
}

/** Logs changes and refused requests. Successful reads and health checks are not logged. */
function requestLog(log: Log): RequestHandler {
  return (request, response, next) => {
    response.on('finish', () => {
      const { statusCode: status } = response
      const route: unknown = request.route
      const facts = { method: request.method, route: patternOf(route), status }
      if (status >= 400) log.warn('http.refused', facts)
      else if (request.method !== 'GET' && request.method !== 'HEAD') log.info('http.request', facts)
    })
    next()
  }
}

function patternOf(route: unknown): string {
  return typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : 'none'
}

/**
 * Answers our own errors with code and message, errors of Express's parsers with their status, and anything else as an
 * internal error without details.
 */
function sendError(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    const status = statusOf(error)
    if (status === 401) {
      sendNotSignedIn(request, response)
      return
    }
    if (status >= 500) log.failure('http.failed', error, { method: request.method, status })
    response.status(status).json(toldError(error, status))
  }
}

function toldError(error: unknown, status: number): { readonly code: ErrorCode; readonly message: string } {
  const told = status >= 500 && !isStateFault(error) ? serviceFailed() : error
  if (told instanceof TriageError) return { code: told.code, message: told.message }
  return { code: requestInvalid.code, message: 'The request could not be read.' }
}

function statusOf(error: unknown): number {
  if (error instanceof TriageError) return error.httpStatus
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}
