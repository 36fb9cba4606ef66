import { type Dependency, askDependencies } from '../../web/routes/health-routes.ts'
import type { Log } from '../../log.ts'

interface StartReport {
  readonly url: string
  /** Model, engine, provider and versions, as in the footer of the page. */
  readonly about: Readonly<Record<string, string>>
  readonly dependencies: readonly Dependency[]
  readonly probeTimeoutMs: number
  readonly log: Log
}

/** Logs what started, then whether each server is reachable. A server that is down does not prevent the start. */
export function reportStart({ url, about, dependencies, probeTimeoutMs, log }: StartReport): void {
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
}
