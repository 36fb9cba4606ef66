import type { RequestHandler } from 'express'
import { asTriageError } from '../../errors/triage-error.ts'
import type { Log } from '../../log.ts'
import { type Route, get } from './route.ts'
import type { PendingSettings } from '../../settings/settings-in-force.ts'

/** A server that the service needs, and a harmless request to it. Its name appears in answers and logs. */
export interface Dependency {
  readonly name: string
  readonly probe: () => Promise<unknown>
}

/** Liveness. Reveals nothing else, because it needs no sign-in. */
export const live: RequestHandler = (_request, response) => {
  response.json({ status: 'live' })
}

interface ReadyOptions {
  readonly dependencies: readonly Dependency[]
  /** Time limit for each dependency. */
  readonly timeoutMs: number
  readonly pendingSettings: () => PendingSettings
  readonly log: Log
}

/**
 * `/health/ready`: 200 if all dependencies answer, otherwise 503. Lists the dependencies and the settings that are not
 * in force yet.
 */
export function readyRoute({ dependencies, timeoutMs, pendingSettings, log }: ReadyOptions): Route {
  const handler: RequestHandler = async (_request, response) => {
    const answers = await askDependencies(dependencies, timeoutMs, log)
    const down = answers.some(({ status }) => status === 'down')
    const settings = pendingSettings()
    response.status(down ? 503 : 200).json({ status: down ? 'not-ready' : 'ready', dependencies: answers, settings })
  }
  return get('/health/ready', handler)
}

/** Probes all dependencies in parallel and logs those that are down. */
export function askDependencies(
  dependencies: readonly Dependency[],
  timeoutMs: number,
  log: Log,
): Promise<readonly DependencyAnswer[]> {
  return Promise.all(dependencies.map((dependency) => ask(dependency, timeoutMs, log)))
}

interface DependencyAnswer {
  readonly name: string
  readonly status: 'up' | 'down'
  readonly code?: string
  readonly reason?: string
}

async function ask({ name, probe }: Dependency, timeoutMs: number, log: Log): Promise<DependencyAnswer> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${timeoutMs} ms`))
  }, timeoutMs)
  try {
    await Promise.race([probe(), tooLate])
    return { name, status: 'up' }
  } catch (thrown) {
    log.failure('service.dependency-down', thrown, { dependency: name })
    const { code, message } = asTriageError(thrown)
    return { name, status: 'down', code, reason: message }
  } finally {
    clearTimeout(timer)
  }
}
