import { expect } from 'chai'
import { hl7Result } from '../../../src/report/hl7/hl7-result.ts'
import { withdrawnOru } from '../../../src/report/hl7/withdrawal.ts'
import type { OruMessage } from '../../../src/report/result-objects.ts'
import { type Recorded, expectRecorded } from '../../recording.ts'
import { materialOf, recordedNames, recordedStudies } from '../recorded-studies.ts'

const file = (name: string) => new URL(`recordings/${name.replaceAll(' ', '-')}.json`, import.meta.url)

/** The segments as lines. The last line is empty, because every segment ends with a carriage return. */
function toRecord({ controlId, bytes }: OruMessage): Recorded {
  return { controlId, segments: new TextDecoder().decode(bytes).split('\r') }
}

describe('the HL7 v2 message of a study, with every field', () => {
  const build = hl7Result.builder({
    Hl7: {
      SendingApplication: 'LUNGTRIAGE',
      SendingFacility: 'CLINIC',
      ReceivingApplication: 'RIS',
      ReceivingFacility: 'HOSPITAL',
    },
  })!

  for (const name of recordedNames) {
    it(`is as recorded: ${name}`, async () => {
      const message = await build(materialOf(name))
      await expectRecorded(file(name), toRecord(message), 0)
    })
  }

  it('is as recorded after it was withdrawn: several images', async () => {
    const message = await build(materialOf('several images'))
    const prediction = recordedStudies['several images']
    const facts = { cause: 'model-retracted', model: prediction.model, at: '2026-04-02T23:30:00.000Z' } as const
    const withdrawn = withdrawnOru(message, prediction, facts)
    await expectRecorded(file('several images withdrawn'), toRecord(withdrawn), 0)
  })

  it('is a file of analyze, and is not built without a receiver', async () => {
    const message = await build(materialOf('present'))
    expect(await hl7Result.files(message)).to.deep.equal([{ name: 'oru.hl7', bytes: message.bytes }])
    expect(hl7Result.builder({})).to.equal(undefined)
    expect(await hl7Result.pagePictures(materialOf('present'))).to.deep.equal([])
  })
})
