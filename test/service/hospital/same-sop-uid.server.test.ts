import { expect } from 'chai'
import { misplacedObjects, misplacedResources, allOf } from '../../servers/belonging.ts'
import { newUid } from '../../servers/dicom-samples.ts'
import { chestWith, sentStudy, withHospital } from './hospital-bench.ts'

/** The children and how large the opacity in their lung is. */
const children = { ILL: 4, WELL: 0, CTRL: 2 } as const
type Child = keyof typeof children

describe('three studies whose images have the same SOP Instance UID', function () {
  this.timeout(120_000)
  const hospital = withHospital()
  const sendChild = (name: Child, sopInstanceUid: string, round: string) =>
    hospital().send({
      sopInstanceUid,
      tags: { ...chestWith(children[name]), PatientID: `${name}-${round}`, PatientName: `${name}^${round}` },
    })
  before(() => hospital().startService())

  for (const order of [
    ['ILL', 'WELL', 'CTRL'],
    ['CTRL', 'WELL', 'ILL'],
  ] as const)
    it(`get a finding, objects and a report of their own when they arrive as ${order.join(', ')}`, async () => {
      const { delivered, dicomWeb, fhir, objects } = hospital()
      const round = order[0]
      const shared = newUid()
      const samples = []
      // Each is shown before the next arrives.
      for (const name of order) {
        samples.push(await sendChild(name, shared, round))
        await delivered(samples.at(-1)!.studyInstanceUid)
      }
      const alone = await Promise.all(order.map((name) => sendChild(name, newUid(), `${round}ALONE`)))
      const expected = await delivered(...alone.map(({ studyInstanceUid }) => studyInstanceUid))
      const found = await delivered(...samples.map(({ studyInstanceUid }) => studyInstanceUid))
      expect(found.map(({ finding }) => finding?.probabilities)).to.deep.equal(
        expected.map(({ finding }) => finding?.probabilities),
      )
      expect(new Set(found.map(({ finding }) => finding?.probabilities?.pneumonia)).size).to.equal(3)
      const sent = samples.map((sample, index) => sentStudy([sample], { patientName: `${order[index]}^${round}` }))
      for (const { studyInstanceUid } of sent)
        expect((await objects(studyInstanceUid)).map((one) => one.split(' ')[0])).to.have.members(['CR', 'OT', 'SR'])
      const others = alone.map((sample, index) => sentStudy([sample], { patientName: `${order[index]}^${round}ALONE` }))
      everySent.push(...sent, ...others)
      expect(await misplacedObjects(dicomWeb, everySent)).to.deep.equal([])
      expect(await misplacedResources(fhir.repo, everySent)).to.deep.equal([])
      expect(await allOf(fhir.repo, 'DiagnosticReport')).to.have.length(everySent.length)
    })

  const everySent: ReturnType<typeof sentStudy>[] = []
})
