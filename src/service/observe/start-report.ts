import { type Dependency, askDependencies } from '../../web/routes/health-routes.ts'
import type { Log } from '../../log.ts'
import type { ConfigurationProblem } from '../../settings/orthanc-configuration.ts'

interface StartReport {
  readonly url: string
  /** Model, engine, provider and versions, as in the footer of the page. */
  readonly about: Readonly<Record<string, string>>
  readonly dependencies: readonly Dependency[]
  readonly probeTimeoutMs: number
  /** What in Orthanc itself prevents the service from working. */
  readonly orthancProblems?: (() => Promise<readonly ConfigurationProblem[]>) | undefined
  /** At the first start: a sentence about the studies that are already in the archive, if any. */
  readonly pastStudies?: (() => Promise<string | undefined>) | undefined
  readonly log: Log
}

/**
 * Logs what started, then whether each server is reachable and what in Orthanc needs a change. None of that prevents
 * the start.
 */
export function reportStart(report: StartReport): void {
  const { url, about, dependencies, probeTimeoutMs, orthancProblems, pastStudies, log } = report
  const { Model: model, Engine: engine, Version: version, Node: node } = about
  log.info('service.started', {
    url,
    ...(model !== undefined && { model }),
    ...(engine !== undefined && { engine }),
    ...(version !== undefined && { version }),
    ...(node !== undefined && { node }),
  })
  void askDependencies(dependencies, probeTimeoutMs, log).then((answers) => {
    for (const { name, status } of answers) if (status === 'up') log.info('service.dependency-up', { dependency: name })
  })
  void orthancProblems?.().then((problems) => {
    for (const { path, message } of problems)
      log.warn('service.orthanc-unsuitable', { settings: path, reason: `${path} ${message}` })
  })
  void pastStudies?.().then(
    (reason) => {
      if (reason !== undefined) log.info('service.past-studies', { reason })
    },
    (error: unknown) => {
      log.failure('service.past-studies', error)
    },
  )
}
