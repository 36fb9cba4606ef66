import { expect } from 'chai'
import type { Prediction } from '../../src/classify/prediction.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import type { LungMask } from '../../src/lungs/lung-region.ts'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { lungSegmentation } from '../../src/report/segmentation/lung-segmentation.ts'
import { secondaryCapture } from '../../src/report/picture/secondary-capture.ts'
import { structuredReport } from '../../src/report/sr/structured-report.ts'
import { fileWithName, namedFiles } from '../pixels/named-files.ts'
import { dciodvfy } from './dciodvfy.ts'
import { analysed, failedImage, imagePrediction, notAnalysed, refusedImage, sourceHeader } from './fixtures.ts'

type Outcome = (source: DicomDataset) => Prediction

/** Small, because validators ignore pixels. Its lungs do not fill whole bytes. */
const size = { width: 6, height: 5 }
const mask: LungMask = { side: 4, samples: Uint8Array.of(0, 0, 0, 0, 1, 1, 2, 2, 1, 1, 2, 2, 0, 0, 0, 0) }

const withProbability =
  (pneumonia: number): Outcome =>
  (source) => {
    const image = imagePrediction({ ...size, pneumonia })
    return analysed([{ ...image, header: readImageHeader(source) }], { source })
  }

const outcomes: Readonly<Record<string, Outcome>> = {
  present: withProbability(0.9),
  absent: withProbability(0.1),
  undetermined: withProbability(0.4),
  'not analysed': (source) => notAnalysed([{ ...refusedImage(), header: readImageHeader(source) }], source),
  failed: (source) => notAnalysed([{ ...failedImage(), header: readImageHeader(source) }], source),
}

const views = [['PA'], ['AP'], undefined]

/** The radiograph of a patient with a name in this file's character set, and with this view. */
function sourceFrom(file: Uint8Array<ArrayBuffer>, view: string[] | undefined): DicomDataset {
  const { '00100010': PatientName, '00080005': SpecificCharacterSet } = parseDicomFile(file).dataset
  const ViewPosition = view && { vr: 'CS', Value: view }
  const attributes = { '00080005': SpecificCharacterSet, '00100010': PatientName, '00185101': ViewPosition }
  return sourceHeader({ ...size, attributes })
}

function objectsOf(prediction: Prediction): readonly (readonly [string, Uint8Array])[] {
  const report = ['Comprehensive3DSR', structuredReport(prediction, 'ab12'.repeat(16))] as const
  if (prediction.kind === 'not-analysed') return [report]
  const [image] = prediction.images
  const uids = { sopInstanceUid: '2.25.1', seriesInstanceUid: '2.25.2' }
  const frameUids = { ...uids, frameOfReferenceUid: '2.25.3', dimensionOrganizationUid: '2.25.4' }
  return [
    report,
    ['SCImage', secondaryCapture(size, image, prediction, uids).bytes],
    ['Segmentation', lungSegmentation(image, mask, prediction, frameUids)],
  ]
}

/**
 * Covers every pair of outcome, character set and view: the views rotate, because there are fewer of them than of
 * outcomes or character sets.
 */
describe('SR, picture and segmentation are valid to dciodvfy (skipped without dicom3tools)', function () {
  this.timeout(60_000)
  for (const [turn, [name, outcome]] of Object.entries(outcomes).entries()) {
    it(`${name}, for sources in each character set`, async function () {
      for (const [index, named] of namedFiles.entries()) {
        const source = sourceFrom(fileWithName(named), views[(index + turn) % views.length])
        for (const [kind, bytes] of objectsOf(outcome(source))) {
          const said = await dciodvfy(bytes)
          if (said === undefined) this.skip()
          const errors = said.filter((line) => line.startsWith('Error'))
          expect(errors, `${kind} ${named.script}`).to.deep.equal([])
          expect(said, 'what it was taken for').to.include(kind)
        }
      }
    })
  }
})
