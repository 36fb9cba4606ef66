import type { ImagePrediction, Prediction } from '../classify/prediction.ts'
import { codes, probabilityNamed } from './codes.ts'
import { aiAsserted, concept, imagingCategory, percentQuantity } from './fhir-codes.ts'
import { type FhirEntry, ownEntry, resultIdentifier } from './fhir-identity.ts'
import { type FhirReference, studyDate } from './fhir-study.ts'
import { percent } from './percent.ts'
import { notForDiagnosticUse, presenceCodes, warningsOf } from './wording.ts'

/** What an observation is about and by whom. */
export interface ObservationContext {
  readonly subject: FhirReference
  readonly device: string
  readonly imagingStudy: string
  readonly resultKey: string
}

/** Pneumonia on one image: present, absent or undetermined, with its probability in per cent. */
export function observationEntry(
  fullUrl: string,
  image: ImagePrediction,
  prediction: Extract<Prediction, { kind: 'analysed' }>,
  context: ObservationContext,
): FhirEntry {
  const number = prediction.images.indexOf(image) + 1
  const identifier = resultIdentifier(context.resultKey, `observation-${number}`)
  const performed = studyDate(prediction)
  const resource = {
    resourceType: 'Observation',
    meta: { security: [aiAsserted] },
    identifier: [identifier],
    status: 'preliminary',
    category: [imagingCategory],
    code: concept(codes.pneumonia),
    subject: context.subject,
    ...(performed !== undefined && { effectiveDateTime: performed }),
    issued: new Date(prediction.analysedAt).toISOString(),
    valueCodeableConcept: concept(presenceCodes[image.decision]),
    bodySite: concept(codes.lung),
    device: { reference: context.device },
    derivedFrom: [{ reference: context.imagingStudy, display: `Image ${image.header.sopInstanceUid}` }],
    note: notesOf(image, prediction).map((text) => ({ text })),
    component: componentsOf(image),
  }
  return ownEntry(fullUrl, resource, identifier)
}

/** The kinds are likelihoods of what is present: without it they would be numbers about nothing. */
function componentsOf({ decision, probabilities }: ImagePrediction): readonly unknown[] {
  const { pneumonia, bacterial, viral } = probabilities
  const probability = {
    code: concept(probabilityNamed('Probability'), 'Pneumonia probability'),
    valueQuantity: percentQuantity(percent(pneumonia)),
  }
  if (decision !== 'present') return [probability]
  const kinds = [
    { code: codes.bacterialPneumonia, name: 'Bacterial', share: bacterial },
    { code: codes.viralPneumonia, name: 'Viral', share: viral },
  ]
  return [
    probability,
    ...kinds.map(({ code, name, share }) => ({
      code: concept(code, `${name} likelihood (weak evidence: a radiograph can hardly tell bacterial from viral)`),
      valueQuantity: percentQuantity(percent(share)),
    })),
  ]
}

function notesOf(image: ImagePrediction, { thresholds }: Prediction): readonly string[] {
  const { present, absent } = thresholds
  return [
    `Operating points: present from ${percent(present)} %, absent below ${percent(absent)} %.`,
    ...warningsOf(image),
    `${notForDiagnosticUse}.`,
  ]
}
