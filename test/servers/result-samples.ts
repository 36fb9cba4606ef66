import type { ResultObjects } from '../../src/report/result-objects.ts'
import { childChestRadiograph } from './dicom-samples.ts'
import { sampleBundle } from './fhir-samples.ts'

/** Results of a new study that servers accept: a report, a picture and a bundle. */
export function sampleResults(): ResultObjects {
  const report = childChestRadiograph()
  const { studyInstanceUid } = report
  const picture = childChestRadiograph({ studyInstanceUid })
  return {
    studyInstanceUid,
    resultKey: studyInstanceUid,
    parts: {
      structuredReport: [{ ...report, kind: 'structured-report' }],
      pictures: [{ ...picture, kind: 'secondary-capture' }],
      fhir: sampleBundle(studyInstanceUid),
    },
    pagePictures: [new Uint8Array()],
  }
}
