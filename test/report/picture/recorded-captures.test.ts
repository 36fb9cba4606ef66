import { secondaryCapture } from '../../../src/report/picture/secondary-capture.ts'
import { expectRecorded } from '../../recording.ts'
import { objectToRecord, recordedNames, recordedStudies } from '../recorded-studies.ts'

describe('the secondary captures of a study, with every attribute', () => {
  const size = { width: 5, height: 3 }
  const uids = { sopInstanceUid: '2.25.1001', seriesInstanceUid: '2.25.1002' }
  const object = { ...uids, kind: 'secondary-capture', sopClassUid: '1.2.840.10008.5.1.4.1.1.7' }

  for (const name of recordedNames) {
    const prediction = recordedStudies[name]
    if (prediction.kind !== 'analysed') continue
    it(`are as recorded: ${name}`, async () => {
      const captures = prediction.images.map((image) => secondaryCapture(size, image, prediction, uids).bytes)
      const file = new URL(`recordings/captures-${name.replaceAll(' ', '-')}.json`, import.meta.url)
      await expectRecorded(
        file,
        captures.map((bytes) => objectToRecord({ ...object, bytes })),
        0,
      )
    })
  }
})
