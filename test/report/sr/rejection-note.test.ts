import { expect } from 'chai'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { firstItem, textOf } from '../../../src/dicom/element-values.ts'
import { rejectionNote } from '../../../src/report/sr/rejection-note.ts'
import type { DicomObject } from '../../../src/report/result-objects.ts'
import { uidFor } from '../../../src/report/uids.ts'
import { dciodvfy } from '../dciodvfy.ts'
import { dcmtk } from '../dcmtk.ts'
import { model, patient, predictionOf, studyInstanceUid } from '../fixtures.ts'
import { everything, readSr } from './sr-reader.ts'

const resultKey = 'ab12'.repeat(16)
const at = '2026-04-02T10:00:00.000+02:00'

const object = (kind: DicomObject['kind'], sopClassUid: string, number: number, series: number): DicomObject => ({
  kind,
  sopClassUid,
  sopInstanceUid: `1.2.3.${number}`,
  seriesInstanceUid: `1.2.3.0.${series}`,
  bytes: new Uint8Array(),
})
const objects = [
  object('structured-report', '1.2.840.10008.5.1.4.1.1.88.34', 1, 1),
  object('secondary-capture', '1.2.840.10008.5.1.4.1.1.7', 2, 2),
  object('secondary-capture', '1.2.840.10008.5.1.4.1.1.7', 3, 2),
  object('segmentation', '1.2.840.10008.5.1.4.1.1.66.4', 4, 3),
] as const

describe('the rejection note', () => {
  for (const [name, make] of Object.entries(predictionOf)) {
    const note = rejectionNote({ prediction: make(), resultKey, objects, cause: 'model-retracted', at })

    it(`is a valid Key Object Selection that DCMTK reads: ${name} (skipped without dicom3tools and dcmtk)`, async function () {
      const said = await dciodvfy(note.bytes)
      const dump = await dcmtk('dsrdump', note.bytes)
      if (said === undefined || dump === undefined) this.skip()
      expect(said.filter((line) => line.startsWith('Error'))).to.deep.equal([])
      expect(said, 'what it was taken for').to.include('KeyObjectSelectionDocument')
      expect(dump.stderr.split('\n').filter((line) => line.startsWith('E:'))).to.deep.equal([])
      expect(dump.stdout).to.include('Rejected for Patient Safety Reasons')
    })
  }

  const note = rejectionNote({ prediction: predictionOf.present(), resultKey, objects, cause: 'model-retracted', at })
  const dataset = parseDicomFile(note.bytes).dataset

  it('rejects every object of the result for patient safety, with model and date', () => {
    const root = readSr(note.bytes)
    expect(root.name?.value).to.equal('113037')
    const named = JSON.stringify(dataset['0040A730'])
    for (const { sopInstanceUid } of objects) expect(named).to.include(`"${sopInstanceUid}"`)
    const texts = everything(root).flatMap((item) => item.text ?? [])
    expect(texts.join(' ')).to.include(`${model.name} ${model.version} was retracted on 2026-04-02`)
  })

  for (const [cause, title, reason] of [
    ['another-patient', '113038', 'belong to another patient'],
    ['source-rejected', '113037', 'images were rejected'],
    ['study-moved', '113038', 'study was corrected'],
  ] as const)
    it(`has the title ${title} and says why: ${cause}`, () => {
      const root = readSr(rejectionNote({ prediction: predictionOf.present(), resultKey, objects, cause, at }).bytes)
      expect(root.name?.value).to.equal(title)
      const text = everything(root)
        .flatMap((item) => item.text ?? [])
        .join(' ')
      expect(text)
        .to.match(/Withdrawn\. The .* on 2026-04-02.* use .*\. Not for diagnostic use\./)
        .and.include(reason)
      expect(text).to.not.include('retracted')
    })

  it('lists the rejected objects as evidence, by series', () => {
    const study = firstItem(dataset, '0040A375')!
    expect(textOf(study, '0020000D')).to.equal(studyInstanceUid)
    const series = study['00081115']?.Value as Record<string, { Value: unknown[] }>[]
    expect(series.map((one) => one['00081199']!.Value.length)).to.deep.equal([1, 2, 1])
  })

  it("is in the patient's study, in its own series, with UIDs derived from the result", () => {
    expect(textOf(dataset, '0020000D')).to.equal(studyInstanceUid)
    expect(textOf(dataset, '00100020')).to.equal(patient.id)
    expect(textOf(dataset, '00080060')).to.equal('KO')
    expect(note.sopInstanceUid).to.equal(uidFor(resultKey, 'rejection-note'))
    expect(note.seriesInstanceUid).to.equal(textOf(dataset, '0020000E'))
    const again = rejectionNote({
      prediction: predictionOf.present(),
      resultKey,
      objects,
      cause: 'model-retracted',
      at,
    })
    expect(again.bytes).to.deep.equal(note.bytes)
  })
})
