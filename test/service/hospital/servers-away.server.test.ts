import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { freePort } from '../../../src/demo/free-port.ts'
import { allOf, misplacedObjects, misplacedResources } from '../../servers/belonging.ts'
import { type Hl7Receiver, startHl7Receiver } from '../../servers/hl7-receiver.ts'
import { type ShownStudy, sentStudy, withHospital } from './hospital-bench.ts'

const hl7Port = await freePort()
const scripts = await mkdtemp(join(tmpdir(), 'lung-triage-filter-'))
const [filter, refusing] = [join(scripts, 'filter.lua'), join(scripts, 'refuses')]
const refusedChild = 'REFUSED-1'
writeFileSync(
  filter,
  `function ReceivedInstanceFilter(dicom, origin, info)
     if dicom.PatientID ~= '${refusedChild}' or dicom.Modality == 'CR' then return true end
     local file = io.open('${refusing}', 'r')
     if file == nil then return true end
     file:close()
     return false
   end`,
)

const stateOf = (shown: ShownStudy, target: string) => shown.deliveries.find((one) => one.target === target)?.state

describe('service with servers that are away', function () {
  this.timeout(120_000)
  const hospital = withHospital({ Hl7: { Host: '127.0.0.1', Port: hl7Port } }, { LuaScripts: [filter] })
  let hl7: Hl7Receiver | undefined
  before(() => hospital().startService())
  after(async () => {
    await hl7?.stop()
    await rm(scripts, { recursive: true })
  })
  const sent: ReturnType<typeof sentStudy>[] = []
  const send = async (patientId: string) => {
    const sample = await hospital().send({ tags: { PatientID: patientId } })
    sent.push(sentStudy([sample]))
    return sample.studyInstanceUid
  }
  const messagesOf = (uid: string) => hl7?.messages.filter((message) => String(message).includes(uid)).length

  it('reaches archive and priority while FHIR hangs and HL7 is down, and tells both once when they are back', async () => {
    const { toFhir, shows, objects, isUrgent, stopService, startService, delivered, fhir, dicomWeb } = hospital()
    toFhir.fault = { kind: 'hang' }
    const uids = [await send('AWAY-1'), await send('AWAY-2'), await send('AWAY-3')]
    for (const uid of uids) {
      const shown = await shows(uid, (one) => stateOf(one, 'archive') === 'done' && stateOf(one, 'priority') === 'done')
      expect([shown.state, stateOf(shown, 'fhir'), stateOf(shown, 'hl7')]).to.deep.equal(['done', 'pending', 'pending'])
      expect((await objects(uid)).map((one) => one.split(' ')[0])).to.have.members(['CR', 'OT', 'SR'])
      expect(await isUrgent(uid)).to.equal(true)
    }
    // A hanging request ends after a minute, or with the service.
    await stopService()
    toFhir.fault = { kind: 'none' }
    await startService()
    hl7 = await startHl7Receiver(undefined, hl7Port)
    await delivered(...uids)
    expect(uids.map(messagesOf)).to.deep.equal([1, 1, 1])
    expect(await allOf(fhir.repo, 'DiagnosticReport')).to.have.length(3)
    expect(await misplacedObjects(dicomWeb, sent)).to.deep.equal([])
    expect(await misplacedResources(fhir.repo, sent)).to.deep.equal([])
  })

  it('tells every other target of a study whose objects the archive discards, and stores them when it accepts them', async () => {
    const { shows, delivered, objects, fhir, until } = hospital()
    writeFileSync(refusing, '')
    const refused = await send(refusedChild)
    const other = await send('ACCEPTED-1')
    const shown = await shows(
      refused,
      (one) =>
        one.deliveries.every(({ target, state }) => target === 'archive' || state === 'done') &&
        one.deliveries.some(({ target, problem }) => target === 'archive' && problem !== undefined),
    )
    const archive = shown.deliveries.find(({ target }) => target === 'archive')
    expect([archive?.state, archive?.problem?.reason]).to.satisfy(
      ([state, reason]: string[]) => state === 'pending' && reason?.includes('A filter may discard it') === true,
    )
    await delivered(other)
    expect((await objects(refused)).map((one) => one.split(' ')[0])).to.deep.equal(['CR'])
    rmSync(refusing)
    await delivered(refused)
    await until(async () => (await objects(refused)).length === 3)
    expect([refused, other].map(messagesOf)).to.deep.equal([1, 1])
    expect(await allOf(fhir.repo, 'DiagnosticReport')).to.have.length(5)
  })
})
