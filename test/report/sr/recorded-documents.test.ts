import { expect } from 'chai'
import { rejectionNote } from '../../../src/report/sr/rejection-note.ts'
import { structuredReportResult } from '../../../src/report/sr/structured-report-result.ts'
import { expectRecorded } from '../../recording.ts'
import { materialOf, objectToRecord, recordedNames, recordedStudies, resultKey } from '../recorded-studies.ts'

/** Only the outlines of activations have numbers that are computed, rounded to a tenth of a pixel. */
const bound = 1e-6

describe('the DICOM documents of a study, with every attribute', () => {
  const build = structuredReportResult.builder({ Results: { StructuredReport: true } })!
  const file = (name: string) => new URL(`recordings/${name.replaceAll(' ', '-')}.json`, import.meta.url)

  for (const name of recordedNames) {
    it(`are as recorded: the Structured Report, ${name}`, async () => {
      const objects = await build(materialOf(name))
      await expectRecorded(file(`report ${name}`), objects.map(objectToRecord), bound)
    })
  }

  it('are as recorded: the rejection note of a report and a picture', async () => {
    const prediction = recordedStudies['several images']
    const [report] = await build(materialOf('several images'))
    const picture = {
      kind: 'secondary-capture',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
      sopInstanceUid: '2.25.1',
      seriesInstanceUid: '2.25.2',
      bytes: new Uint8Array(0),
    }
    const at = '2026-04-02T23:30:00.000Z'
    const note = rejectionNote({ prediction, resultKey, objects: [report!, picture], cause: 'model-retracted', at })
    await expectRecorded(file('rejection note'), objectToRecord(note), bound)
  })

  it('are in the files of analyze, and are not built if they are disabled', async () => {
    const objects = await build(materialOf('present'))
    const files = await structuredReportResult.files(objects)
    expect(files).to.deep.equal([{ name: 'sr.dcm', bytes: objects[0]!.bytes }])
    expect(structuredReportResult.builder({ Results: { StructuredReport: false } })).to.equal(undefined)
    expect(await structuredReportResult.pagePictures(materialOf('present'))).to.deep.equal([])
  })
})
