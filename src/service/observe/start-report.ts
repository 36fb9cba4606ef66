import { type Dependency, askDependencies } from '../../web/routes/health-routes.ts'
import type { Log } from '../../log.ts'

interface StartReport {
  readonly url: string
  /** Model, engine, provider and versions, as the foot of the page has them. */
  readonly about: Readonly<Record<string, string>>
  readonly dependencies: readonly Dependency[]
  readonly probeTimeoutMs: number
  readonly log: Log
}

/** Says what started, and then of each server whether it can be reached. A server that is down keeps nothing from starting. */
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
