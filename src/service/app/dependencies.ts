import type { Dependency } from '../../web/routes/health-routes.ts'
import type { Queue } from '../queue/queue.ts'
import type { Store } from '../store/store.ts'
import type { Servers } from '../../clients/servers.ts'
import { probedSettings } from '../../settings/derived/probed-settings.ts'
import { serverProbes } from '../../settings/probes/server-probes.ts'
import type { Settings } from '../../settings/settings.ts'

/** The configured servers that must answer for the service to be ready: those whose probe names a `dependency`. */
export function dependenciesOf(settings: Settings, servers: Servers): Dependency[] {
  const probed = probedSettings(settings)
  return Object.entries(serverProbes).flatMap(([probe, { dependency, ask }]) => {
    const asked = probed.filter((one) => one.probe === probe)
    if (dependency === undefined) return []
    return asked.map(({ value }) => ({ name: dependency, probe: () => ask(value, { servers, redisTimeoutMs }) }))
  })
}

const redisTimeoutMs = 4000

/** The store and the queue. Their probes write, because a full disk and a full Redis can still be read. */
export function ownParts(store: Store, queue: Queue): Dependency[] {
  return [
    {
      name: 'State',
      probe: () =>
        Promise.try(() => {
          store.probe()
        }),
    },
    { name: 'Queue', probe: () => queue.probe() },
  ]
}
