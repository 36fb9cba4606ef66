import { expect } from 'chai'
import fc from 'fast-check'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { textOf } from '../../src/dicom/element-values.ts'
import { dicomObjects, kindByName } from '../../src/report/result-kinds.ts'
import type { DicomObject } from '../../src/report/result-objects.ts'
import { rejectionNote } from '../../src/report/sr/rejection-note.ts'
import { withoutServers } from '../../src/settings/settings.ts'
import { arbitraryPrediction } from './arbitrary-predictions.ts'
import { everything, readSr } from './sr/sr-reader.ts'

const resultKey = 'ab12'.repeat(16)
const settings = withoutServers({ Results: { Segmentation: true } })

/** UIDs that an object introduces, besides those of its series. */
function ownUids({ kind, sopInstanceUid, bytes }: DicomObject): readonly (string | undefined)[] {
  if (kind === 'structured-report')
    return [
      sopInstanceUid,
      ...everything(readSr(bytes)).flatMap((item) => (item.name?.value === '112040' ? item.uid : [])),
    ]
  const { dataset } = parseDicomFile(bytes)
  return kind === 'segmentation' ? [sopInstanceUid, textOf(dataset, '00200052')] : [sopInstanceUid]
}

describe('the UIDs of all objects of any study', () => {
  it('differ between kinds, images, regions, series and frames of reference, and are as the objects state', () =>
    fc.assert(
      fc.asyncProperty(arbitraryPrediction, async (prediction) => {
        const material = { prediction, resultKey, pictures: Promise.resolve([]) }
        const structuredReport = await kindByName.structuredReport.builder(settings)!(material)
        const segmentations = await kindByName.segmentations.builder(settings)!(material)
        const [first, ...others] = dicomObjects({ structuredReport, segmentations })
        const objects = [first!, ...others] as const
        const note = rejectionNote({
          prediction,
          resultKey,
          objects,
          cause: 'model-retracted' as const,
          at: '2026-04-02T10:00:00Z',
        })
        const all = [...objects, note]
        for (const { bytes, sopInstanceUid, seriesInstanceUid, sopClassUid } of all) {
          const { dataset } = parseDicomFile(bytes)
          expect(['00080016', '00080018', '0020000E'].map((tag) => textOf(dataset, tag))).to.deep.equal([
            sopClassUid,
            sopInstanceUid,
            seriesInstanceUid,
          ])
        }
        const uids = [...all.flatMap(ownUids), ...all.map(({ seriesInstanceUid }) => seriesInstanceUid)]
        expect(new Set(uids).size).to.equal(uids.length)
        for (const uid of uids) expect(uid).to.match(/^2\.25\.(0|[1-9]\d{0,38})$/)
        const named = everything(readSr(note.bytes)).flatMap((item) => item.image ?? [])
        expect(named).to.have.members(objects.map(({ sopInstanceUid }) => sopInstanceUid))
      }),
      { numRuns: 6 },
    ))
})
