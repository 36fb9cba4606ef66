import type { Prediction } from '../../classify/prediction.ts'
import { type ResultKind, noPagePictures } from '../result-kind.ts'
import type { DicomObject } from '../result-objects.ts'
import { uidFor } from '../uids.ts'
import { lungSegmentation, segmentationStorage } from './lung-segmentation.ts'

/** The lungs as Segmentation objects, one per analysed image with located lungs. */
export const segmentationResult: ResultKind<'dicom', { readonly Results: { readonly Segmentation: boolean } }> = {
  medium: 'dicom',
  builder({ Results }) {
    if (!Results.Segmentation) return undefined
    return ({ prediction, resultKey }) => segmentations(prediction, resultKey)
  },
  files: (objects) => Promise.resolve(objects.map(({ bytes }) => ({ name: 'seg.dcm', bytes }))),
  pagePictures: noPagePictures,
}

function segmentations(prediction: Prediction, key: string): DicomObject[] {
  if (prediction.kind === 'not-analysed') return []
  return prediction.images.flatMap((image, index) => {
    if (image.lungs.kind !== 'found') return []
    const uids = {
      sopInstanceUid: uidFor(key, 'segmentation', index),
      seriesInstanceUid: uidFor(key, 'segmentation-series', index),
      frameOfReferenceUid: uidFor(key, 'frame-of-reference', index),
      dimensionOrganizationUid: uidFor(key, 'dimension-organization', index),
    }
    const bytes = lungSegmentation(image, image.lungs.mask, prediction, uids)
    const { sopInstanceUid, seriesInstanceUid } = uids
    return [{ kind: 'segmentation', sopClassUid: segmentationStorage, sopInstanceUid, seriesInstanceUid, bytes }]
  })
}
