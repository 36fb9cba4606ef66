import { expect } from 'chai'
import type { Prediction } from '../../src/classify/prediction.ts'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { serversOf } from '../../src/clients/servers.ts'
import { deliverResults } from '../../src/deliver/deliver.ts'
import { openTargets } from '../../src/deliver/delivery-targets.ts'
import type { ReceiptName } from '../../src/deliver/receipt.ts'
import type { DeliveryTarget } from '../../src/deliver/target.ts'
import { archiveTarget } from '../../src/deliver/targets/archive-target.ts'
import { fhirTarget } from '../../src/deliver/targets/fhir-target.ts'
import { hl7Target } from '../../src/deliver/targets/hl7-target.ts'
import { priorityTarget } from '../../src/deliver/targets/priority-target.ts'
import { sendToTarget } from '../../src/deliver/targets/send-to-target.ts'
import { TriageError } from '../../src/errors/triage-error.ts'
import { unreachable } from '../../src/clients/http/errors.ts'
import { httpService } from '../../src/clients/http/http-service.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { type ResultName, resultNames } from '../../src/report/result-kinds.ts'
import type { DicomObject, ResultObjects } from '../../src/report/result-objects.ts'
import { withoutServers } from '../../src/settings/settings.ts'
import { everyKind, everythingOn, withResults } from '../report/every-kind.ts'
import { predictionOf, previewsOf } from '../report/fixtures.ts'
import { hl7Receiver, reportOptions } from '../report/report-options.ts'
import { failureOf } from '../servers/failure-of.ts'
import { sampleResults } from '../servers/result-samples.ts'

const nothingAcknowledged = { has: () => false, add: () => undefined }
const nowhere = httpService({ name: 'the archive', url: 'http://127.0.0.1:9', credentials: { kind: 'none' } })
const down = new TriageError(unreachable, 'transient', 'The archive is down.')

/** Lists the names that a target would send, without sending anything. */
function namesSent(section: Readonly<Record<string, unknown>>, results: ResultObjects): ReceiptName[] {
  const settings = withoutServers(section)
  const servers = serversOf(settings)
  const targets: readonly DeliveryTarget[] = Object.values(
    openTargets(settings, {
      servers,
      orthanc: new OrthancClient(servers.orthanc!),
      embeddedFhir: { store: () => Promise.resolve() },
      acknowledged: nothingAcknowledged,
    }),
  )
  const sent = targets.flatMap((target) => Object.keys(target.sendings({ results, priority: 'raised' })))
  expect(sent.sort(), 'as the targets say').to.deep.equal(targets.flatMap(({ sends }) => [...sends]).sort())
  return sent as ReceiptName[]
}

const kindsOff = Object.fromEntries(resultNames.map((name) => [name, everyKind[name].off])) as {
  readonly [Name in ResultName]: Readonly<Record<string, unknown>>
}

/** Each name of the receipt, with settings that disable it. */
const off: { readonly [Name in ReceiptName]: Readonly<Record<string, unknown>> } = {
  ...kindsOff,
  priority: withResults({ Priority: false }),
  onward: withResults({ SendTo: [] }),
}

describe('the delivery targets that the settings enable', () => {
  const prediction = predictionOf.present()
  let results: ResultObjects
  before(async () => {
    results = await buildResults(prediction, previewsOf(prediction), reportOptions(everythingOn))
  })

  const names = Object.keys(off) as ReceiptName[]

  it('send every kind of result, the priority and the copies for other archives if all are enabled', () => {
    expect(namesSent(everythingOn, results)).to.have.members(names)
  })

  for (const name of names) {
    it(`do not send ${name} if disabled, even if the stored results contain it`, () => {
      expect(namesSent(off[name], results)).to.have.members(names.filter((other) => other !== name))
    })
  }
})

describe('forwarding by SendTo', () => {
  const forwarded: string[] = []
  const kinds = ['structuredReport', 'pictures'] as const
  const sendTo = sendToTarget(kinds, {
    forward: (objects) => {
      forwarded.push(...objects.map(({ kind }) => kind))
      return Promise.resolve([{ modality: 'pacs', status: 'sent' }])
    },
  })
  beforeEach(() => forwarded.splice(0))

  it('starts after the archive has stored all objects', async () => {
    const stored = Promise.withResolvers<undefined>()
    const archive = archiveTarget(kinds, nowhere, { storeObjects: () => stored.promise })
    const delivering = deliverResults(sampleResults(), 'routine', { sendTo, archive })
    await new Promise(setImmediate)
    expect(forwarded).to.deep.equal([])
    stored.resolve(undefined)
    expect((await delivering).onward).to.deep.equal([{ modality: 'pacs', status: 'sent' }])
    expect(forwarded).to.deep.equal(['structured-report', 'secondary-capture'])
  })

  it('is skipped if the archive rejects an object, and only that failure is reported', async () => {
    const storeObjects = (_study: string, [object]: readonly DicomObject[]) =>
      object?.kind === 'secondary-capture' ? Promise.reject(down) : Promise.resolve()
    const archive = archiveTarget(kinds, nowhere, { storeObjects })
    expect(await failureOf(deliverResults(sampleResults(), 'routine', { archive, sendTo }))).to.equal(down)
    expect(forwarded).to.deep.equal([])
  })
})

describe('the HL7 target', () => {
  it('sends a result once, and its withdrawal every time', async () => {
    const prediction = predictionOf.present()
    const results = await buildResults(prediction, previewsOf(prediction), reportOptions({ Hl7: hl7Receiver }))
    const acknowledged = new Set<string>()
    const sent: string[] = []
    const target = hl7Target(
      ['hl7'],
      { send: ({ controlId }) => Promise.resolve(void sent.push(controlId)) },
      { has: (id) => acknowledged.has(id), add: (id) => void acknowledged.add(id) },
    )
    for (let attempt = 0; attempt < 2; attempt++) await deliverResults(results, 'routine', { hl7: target })
    expect(sent).to.deep.equal([results.parts.hl7!.controlId])
    const withdrawn = {
      prediction,
      results,
      cause: 'model-retracted' as const,
      at: '2026-04-02T10:00:00.000+02:00',
      raisedByAnother: () => false,
    }
    for (let attempt = 0; attempt < 2; attempt++) await target.withdraw(withdrawn)
    expect(new Set(sent.slice(1)).size).to.equal(1)
    expect(sent).to.have.length(3)
  })
})

describe('withdrawing from a target', () => {
  const prediction = predictionOf.present()
  const withdrawnOf = (results: ResultObjects, raisedByAnother = () => false) => ({
    ...{ prediction, results, cause: 'model-retracted' as const, at: '2026-04-02T10:00:00.000+02:00', raisedByAnother },
  })
  let results: ResultObjects
  before(async () => {
    results = await buildResults(prediction, previewsOf(prediction), reportOptions(everythingOn))
  })
  const nothing = (): ResultObjects => ({ ...results, parts: {} })
  const resolved = () => Promise.resolve()

  it('says whether there was anything to withdraw, so that targets after it are skipped if not', async () => {
    const targets = {
      fhir: fhirTarget(['fhir'], { store: resolved }),
      hl7: hl7Target(['hl7'], { send: resolved }, nothingAcknowledged),
      sendTo: sendToTarget(['structuredReport'], { forward: () => Promise.resolve([]) }),
    }
    for (const [name, target] of Object.entries(targets)) {
      expect(await target.withdraw(withdrawnOf(results)), name).to.equal(true)
      expect(await target.withdraw(withdrawnOf(nothing())), `${name}, nothing built`).to.equal(false)
    }
  })

  it('forwards nothing of a result without DICOM objects, and says so in the receipt', async () => {
    const sendTo = sendToTarget(['structuredReport'], { forward: () => Promise.reject(down) })
    expect((await deliverResults(nothing(), 'routine', { sendTo })).onward).to.deep.equal([])
  })

  const withdrawPriority = async (raisedByAnother: () => boolean, one: Prediction = prediction) => {
    const calls: string[] = []
    const mark = {
      raise: () => Promise.resolve(void calls.push('raise')),
      takeBack: () => Promise.resolve(void calls.push('remove')),
    }
    const withdrawn = { ...withdrawnOf(results, raisedByAnother), prediction: one }
    return { had: await priorityTarget(mark).withdraw(withdrawn), calls }
  }

  it('removes the priority mark of the only result that raised it', async () => {
    expect(await withdrawPriority(() => false)).to.deep.equal({ had: true, calls: ['remove'] })
  })

  it('keeps the priority mark that another result raised, or that this result did not raise', async () => {
    expect(await withdrawPriority(() => true)).to.deep.equal({ had: false, calls: [] })
    expect(await withdrawPriority(() => false, predictionOf.absent())).to.deep.equal({ had: false, calls: [] })
  })

  it('restores the priority mark if another result raised it meanwhile', async () => {
    const answers = [false, true]
    expect((await withdrawPriority(() => answers.shift()!)).calls).to.deep.equal(['remove', 'raise'])
  })
})

describe('the outcome of a delivery', () => {
  it('has every kind of result, off if no target sends it', async () => {
    const receipt = await deliverResults(sampleResults(), 'routine', {})
    const allOff = Object.fromEntries([...resultNames, 'priority' as const].map((name) => [name, { status: 'off' }]))
    expect(receipt).to.deep.equal({ ...allOff, onward: [] })
  })
})
