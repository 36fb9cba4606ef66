import type { ImagePrediction, Prediction } from '../../classify/prediction.ts'
import { codes } from '../codes.ts'
import { aiAsserted, concept, imagingCategory, percentQuantity } from './codeable-concept.ts'
import { type FhirEntry, ownEntry, resultIdentifier } from './identifier.ts'
import { type FhirReference, studyDate } from './imaging-study.ts'
import { namedProbabilities, operatingPoints } from '../named-probabilities.ts'
import { notForDiagnosticUse, presenceCodes, warningsOf } from '../wording.ts'

/** Subject, device and study of an observation. */
interface ObservationContext {
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

function componentsOf(image: ImagePrediction): readonly unknown[] {
  return namedProbabilities(image).map((probability) => ({
    code: concept(probability.code, probability.name),
    valueQuantity: percentQuantity(probability.percent),
  }))
}

function notesOf(image: ImagePrediction, { thresholds }: Prediction): readonly string[] {
  return [operatingPoints(thresholds), ...warningsOf(image), `${notForDiagnosticUse}.`]
}
