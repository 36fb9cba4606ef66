import { expect } from 'chai'
import { oruMessage } from '../../../src/report/hl7/oru.ts'
import { withdrawnOru } from '../../../src/report/hl7/withdrawal.ts'
import { predictionOf } from '../fixtures.ts'
import { hl7Parties, readOru } from './oru-reader.ts'

const at = '2026-04-02T10:00:00.000+02:00'

describe('the HL7 v2 withdrawal message', () => {
  for (const [name, make] of Object.entries(predictionOf)) {
    it(`marks the same observations of the same order as wrong, without result: ${name}`, () => {
      const prediction = make()
      const sent = oruMessage(prediction, 'ab12'.repeat(16), hl7Parties)
      const [before, after] = [
        readOru(sent),
        readOru(withdrawnOru(sent, prediction, { cause: 'model-retracted', model: prediction.model, at })),
      ]
      expect(after.field('OBR', 3)).to.deep.equal(before.field('OBR', 3))
      expect(after.field('PID', 3)).to.deep.equal(before.field('PID', 3))
      expect(after.field('OBR', 25)).to.deep.equal([['X']])
      expect(after.field('MSH', 10)).to.not.deep.equal(before.field('MSH', 10))
      expect(after.field('NTE', 3)[0]?.[0]).to.match(/withdrawn/i)
      const told = (message: typeof before) => message.observations.map(({ name: of, value }) => [of, value])
      expect(told(after)).to.deep.equal(told(before))
      const statuses = after.observations.map(({ status }) => status)
      expect(statuses).to.deep.equal(before.observations.map(({ status }) => (status === 'P' ? 'W' : status)))
    })
  }

  it('is the same every time, with the same control ID on a retry', () => {
    const prediction = predictionOf.present()
    const sent = oruMessage(prediction, 'ab12'.repeat(16), hl7Parties)
    expect(withdrawnOru(sent, prediction, { cause: 'model-retracted', model: prediction.model, at })).to.deep.equal(
      withdrawnOru(sent, prediction, { cause: 'model-retracted', model: prediction.model, at }),
    )
  })
})
