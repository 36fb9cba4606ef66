import type { Metrics } from '../../service/observe/metrics.ts'
import { type Route, get } from './route.ts'

/** `/metrics` for Prometheus, which must send the token. */
export function metricsRoute({ registry }: Metrics): Route {
  return get('/metrics', async (_request, response) => {
    response.set('Content-Type', registry.contentType).send(await registry.metrics())
  })
}
