import type { Prediction } from '../../classify/prediction.ts'
import { type WrittenName, patientNames } from '../patient-names.ts'

/** Representation of a name: ideographic is IDE, phonetic is SYL (ISO 21090; DICOM PS3.20 maps the groups of PN). */
const representations = { Alphabetic: undefined, Ideographic: 'IDE', Phonetic: 'SYL' } as const

/** The patient's name in each of its scripts, as FHIR R4 HumanName; empty if the image has no name. */
export function humanNames({ source }: Prediction): readonly Readonly<Record<string, unknown>>[] {
  return patientNames(source).map(humanName)
}

function humanName({ script, family, given, middle, prefix, suffix }: WrittenName): Readonly<Record<string, unknown>> {
  const givenNames = [given, middle].filter((part) => part !== undefined)
  const representation = representations[script]
  return {
    ...(family !== undefined && { family }),
    ...(givenNames.length > 0 && { given: givenNames }),
    ...(prefix !== undefined && { prefix: [prefix] }),
    ...(suffix !== undefined && { suffix: [suffix] }),
    ...(representation !== undefined && { extension: [representationOf(representation)] }),
  }
}

function representationOf(code: string): Readonly<Record<string, string>> {
  return {
    url: 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation',
    valueCode: code,
  }
}
