import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { fileDamaged } from '../../../src/dicom/errors.ts'
import { unreachable } from '../../../src/clients/http/errors.ts'
import type { StudyRef } from '../../../src/intake/study.ts'
import { createLog } from '../../../src/log.ts'
import { Metrics } from '../../../src/service/observe/metrics.ts'
import { startService } from '../../../src/service/app/start-service.ts'
import { ModelGate } from '../../../src/service/retraction/model-gate.ts'
import { SettingsInForce } from '../../../src/settings/settings-in-force.ts'
import { settingsSchema } from '../../../src/settings/settings.ts'
import { planted, realClock, studyUid, until } from '../fixtures.ts'
import { arrivalOf, token, withService } from '../service-bench.ts'

describe('service', () => {
  it('logs its URL, model and engine at start-up', () =>
    withService({}, ({ service, logLines }) => {
      expect(service.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/)
      const started = logLines.map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(started.find(({ event }) => event === 'service.started')).to.deep.include({
        url: service.url,
        model: 'pneumonia 0.1.0',
        engine: 'ONNX Runtime 1.30.0 (cpu)',
      })
      return Promise.resolve()
    }))

  it('logs reachable and unreachable dependencies, and starts even if one is down', () => {
    const down = new TriageError(unreachable, 'transient', 'The FHIR server does not answer.')
    const dependencies = [
      { name: 'Orthanc', probe: () => Promise.resolve() },
      { name: 'FHIR server', probe: () => Promise.reject(down) },
    ]
    return withService({ dependencies }, async ({ ask, logLines }) => {
      expect((await ask('/')).status).to.equal(200)
      await until(() => logLines.join('').includes('service.dependency-up'))
      const told = logLines.map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(told.find(({ event }) => event === 'service.dependency-up')).to.include({ dependency: 'Orthanc' })
      const failed = told.find(({ event }) => event === 'service.dependency-down')
      expect(failed).to.include({ dependency: 'FHIR server', code: 'HTTP_UNREACHABLE' })
    })
  })

  it('keeps patient name and ID out of logs and jobs, and UIDs and the token out of logs', () => {
    const uids = [1, 2, 3, 4].map(studyUid)
    const find = ({ studyInstanceUid }: StudyRef) => {
      if (studyInstanceUid === uids[0]) return 0.9
      if (studyInstanceUid === uids[1]) return Promise.reject(new Error(`cannot read ${planted.name} (${planted.id})`))
      if (studyInstanceUid === uids[2])
        return Promise.reject(new TriageError(unreachable, 'transient', 'The archive is down.'))
      return Promise.reject(new TriageError(fileDamaged, 'permanent', 'The file is damaged.'))
    }
    return withService({ find }, async (bench) => {
      for (const uid of uids) await bench.feed(arrivalOf(uid))
      const states = () => uids.map((uid) => bench.store.studies.get(uid)?.progress.state)
      await until(() => states().join() === 'done,retrying,retrying,dead')
      await bench.ask(`/api/studies/${studyUid(1)}?name=${planted.name}`)
      await bench.ask(`/studies/${planted.id}/pictures/0`)
      await bench.service.stop(1000)

      const log = bench.logLines.join('')
      expect(log).to.include('study.reported').and.include('study.dead').and.include('study.retrying')
      for (const secret of [planted.name, planted.id, ...uids, token]) expect(log).to.not.include(secret)

      const files = readdirSync(bench.stateDir).filter((name) => name.startsWith('queue.sqlite'))
      expect(files).to.include('queue.sqlite')
      const bytes = files.map((name) => readFileSync(join(bench.stateDir, name), 'latin1')).join()
      expect(bytes).to.include(studyUid(1))
      expect(bytes).to.not.include('PLANTED')
    })
  })

  it('rejects a port in use with its address', () =>
    withService({}, async ({ service, store, queue }) => {
      const port = Number(new URL(service.url).port)
      const second = startService({
        settings: new SettingsInForce(
          settingsSchema.parse({
            DicomWeb: { Url: 'http://127.0.0.1:1/dicom-web' },
            Orthanc: { Url: 'http://127.0.0.1:1' },
            Http: { Port: port },
          }),
        ),
        ...{
          token,
          store,
          queue,
          clock: realClock,
          random: Math.random,
          newCode: () => 'x',
          metrics: new Metrics(),
          dependencies: [],
          about: {},
        },
        studyKey: (uid) => uid,
        log: createLog({ level: 'silent', studyKey: (uid) => uid }),
        backUp: () => Promise.reject(new Error('not reached')),
        startFeed: () => Promise.reject(new Error('not reached')),
        startReadBack: () => ({ arrived: () => Promise.resolve(), stop: () => Promise.resolve() }),
        triage: () => Promise.reject(new Error('not reached')),
        withdraw: () => Promise.reject(new Error('not reached')),
        delivery: {
          targets: () => ({}),
          gate: new ModelGate(['pneumonia/0.1.0'], store.retractions),
          lookAtSource: () => Promise.reject(new Error('not reached')),
        },
        lineage: ['pneumonia/0.1.0'],
      })
      const error: unknown = await second.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      expect(error).to.have.property('code', 'SERVICE_ADDRESS_IN_USE')
      expect(error).to.have.property('message').that.includes(`127.0.0.1:${port}`)
    }))

  it('keeps the finding while a study that grew is analysed again', () => {
    const { promise: release, resolve } = Promise.withResolvers<undefined>()
    let runs = 0
    const find = () =>
      ++runs === 1 ? 0.9 : release.then(() => Promise.reject(new TriageError(fileDamaged, 'permanent', 'x')))
    return withService({ find }, async ({ feed, store }) => {
      const uid = studyUid(1)
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      const grown = {
        study: { studyInstanceUid: uid },
        series: [{ seriesInstanceUid: '1.2', modality: 'CR', instanceCount: 9 }],
      }
      await feed(grown)
      await until(() => store.studies.get(uid)?.progress.state === 'active')
      const finding = store.studies.get(uid)?.finding
      expect(finding).to.deep.include({ kind: 'analysed', decision: 'present' })
      resolve(undefined)
    })
  })
})
