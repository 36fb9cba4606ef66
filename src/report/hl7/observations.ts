import type { Hl7Field, Hl7Segment } from '@medplum/core'
import type { ImagePrediction, Prediction } from '../../classify/prediction.ts'
import { codes } from '../codes.ts'
import { conclusion } from '../conclusion.ts'
import { codedField, field, formattedText, segment } from './fields.ts'
import { namedProbabilities, operatingPoints } from '../named-probabilities.ts'
import { manufacturer } from '../sr/report-context.ts'
import { uidFor } from '../uids.ts'
import { notForDiagnosticUse, presenceCodes, warningsOf } from '../wording.ts'

/** One OBX, without the fields that all OBX of a message share. */
interface Observation {
  readonly type: 'ST' | 'FT' | 'NM' | 'CWE'
  readonly name: Hl7Field
  readonly value: Hl7Field
  /** Image number from 1; absent for the whole study. */
  readonly image?: number
  readonly unit?: Hl7Field
  readonly abnormal?: true
  /** Table 0085: P, preliminary; O, order detail without a result. */
  readonly status: 'P' | 'O'
  readonly notes?: readonly string[]
}

/**
 * OBX segments with their notes: study, conclusion, finding on each analysed image, algorithm. If nothing was analysed,
 * the conclusion says why and there are no numbers.
 * @param analysedAt time of the analysis, as TS
 * @param superseded control ID of the superseded message
 */
export function observationSegments(
  prediction: Prediction,
  analysedAt: string,
  superseded: string | undefined,
): readonly Hl7Segment[] {
  const images = prediction.kind === 'analysed' ? prediction.images : []
  const observations = [
    studyObservation(prediction),
    text(codedField(codes.conclusion), conclusion(prediction)),
    ...images.flatMap((image, index) => imageObservations(image, index + 1, prediction)),
    plain(codedField(codes.algorithmName), prediction.model.name),
    plain(codedField(codes.algorithmVersion), prediction.model.version),
    ...(superseded === undefined ? [] : [plain(field('SUPERSEDES', 'Supersedes result', '99LUNGTRIAGE'), superseded)]),
  ]
  const equipment = equipmentOf(prediction)
  return observations.flatMap((observation, index) => [
    observationSegment(observation, index + 1, analysedAt, equipment),
    ...(observation.notes ?? []).map((note, noteIndex) =>
      segment('NTE', { 1: field(String(noteIndex + 1)), 2: field('L'), 3: formattedText(note) }),
    ),
  ])
}

/** The study as IHE identifies it to receivers that open it in a viewer. */
function studyObservation({ studyInstanceUid }: Prediction): Observation {
  return { type: 'ST', name: codedField(codes.dicomStudy), value: field(studyInstanceUid), status: 'O' }
}

function imageObservations(image: ImagePrediction, number: number, prediction: Prediction): readonly Observation[] {
  const { decision, header } = image
  const presence = presenceCodes[decision]
  const probabilities = namedProbabilities(image).map(({ code, name, percent }): Observation => {
    const value = field(String(percent))
    return {
      type: 'NM',
      name: codedField(code, name),
      value,
      image: number,
      unit: codedField(codes.percent),
      status: 'P',
    }
  })
  return [
    {
      type: 'CWE',
      name: codedField(codes.pneumonia),
      value: codedField(presence),
      image: number,
      // There is also a flag for "normal", which an absent finding must not get.
      ...(decision === 'present' && { abnormal: true }),
      status: 'P',
      notes: [`Image ${header.sopInstanceUid}.`, operatingPoints(prediction.thresholds), `${notForDiagnosticUse}.`],
    },
    ...probabilities,
    ...warningsOf(image).map((warning): Observation => ({
      ...text(codedField(codes.comment), warning),
      image: number,
    })),
  ]
}

function plain(name: Hl7Field, value: string): Observation {
  return { type: 'ST', name, value: field(value), status: 'P' }
}

function text(name: Hl7Field, value: string): Observation {
  return { type: 'FT', name, value: formattedText(value), status: 'P' }
}

/** OBX-18: different weights make a different device, as in the Structured Report. */
function equipmentOf({ model }: Prediction): Hl7Field {
  return field(`${model.name} ${model.version}`, manufacturer, uidFor(model.digest, 'device'), 'ISO')
}

function observationSegment(
  { type, name, value, image, unit, abnormal, status }: Observation,
  number: number,
  analysedAt: string,
  equipment: Hl7Field,
): Hl7Segment {
  return segment('OBX', {
    1: field(String(number)),
    2: field(type),
    3: name,
    ...(image !== undefined && { 4: field(String(image)) }),
    5: value,
    ...(unit !== undefined && { 6: unit }),
    ...(abnormal && { 8: field('A') }),
    11: field(status),
    17: codedField(codes.artificialIntelligence),
    18: equipment,
    19: field(analysedAt),
  })
}
