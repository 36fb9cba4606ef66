import type { Metrics } from '../../service/observe/metrics.ts'
import { type Route, get } from './route.ts'

/** `/metrics` for Prometheus, which sends the token like any program. */
export function metricsRoute({ registry }: Metrics): Route {
  return get('/metrics', async (_request, response) => {
    response.set('Content-Type', registry.contentType).send(await registry.metrics())
  })
}
