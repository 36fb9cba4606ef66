import { expect } from 'chai'
import { createLog } from '../../src/log.ts'
import { DeliveryWatch } from '../../src/service/deliveries/delivery-watch.ts'
import { Metrics } from '../../src/service/observe/metrics.ts'
import { Feedback } from '../../src/service/read-back/feedback.ts'
import { StudyRecorder } from '../../src/service/studies/study-recorder.ts'
import { Access } from '../../src/web/access/access.ts'
import { EventStreams } from '../../src/web/event-stream.ts'
import { createHttpApp } from '../../src/web/http-app.ts'
import { realClock, studyUid, noEffects } from '../service/fixtures.ts'
import { type ServiceBench, token } from '../service/service-bench.ts'

const uid = studyUid(1)
const nothingPending = { needRestart: [], problems: [] }

/** Every method and path of the router, with parameters filled in, so that the tests also cover new routes. */
export function routesOf(store: ServiceBench['store']): { method: string; path: string }[] {
  const log = createLog({ level: 'silent', studyKey: (one) => one })
  const app = createHttpApp({
    ...{ store, clock: realClock, log, dependencies: [], probeTimeoutMs: 1, about: {}, viewerUrl: undefined },
    rateLimits: { requestsPerMinute: 1, failedSignInsPerMinute: 1 },
    metrics: new Metrics(),
    access: new Access({ token, clock: realClock, newCode: () => 'code' }),
    events: new EventStreams(new StudyRecorder(store.studies, realClock, log, noEffects)),
    feedback: new Feedback(store, new StudyRecorder(store.studies, realClock, log, noEffects), realClock),
    retentionDays: () => 90,
    hstsDays: 0,
    pendingSettings: () => nothingPending,
    backUp: () => Promise.resolve(),
    deliveryWatch: new DeliveryWatch(),
    takeStudy: () => Promise.resolve('queued' as const),
    retractModel: (model, actor) => ({ model, actor, at: new Date() }),
    runningModelRetraction: () => undefined,
    takeArrival: () => Promise.resolve('queued' as const),
    cancelStudy: () => Promise.resolve('nothing' as const),
    logKey: (one) => one,
  })
  return app.router.stack.flatMap(({ route, handle }) => {
    // A nested router would hide its routes from this list.
    expect(handle).to.not.have.property('stack')
    if (route === undefined) return []
    const methods = [...new Set(route.stack.map((layer) => layer.method))]
    const path = route.path
      .replace(':uid', uid)
      .replace(':index', '0')
      .replace(':type', 'Patient')
      .replace(':id', '1')
      .replace(':target', 'fhir')
    return methods.map((method) => ({ method: method.toUpperCase(), path }))
  })
}
