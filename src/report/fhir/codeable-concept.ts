import type { Code } from '../codes.ts'

interface CodeableConcept {
  readonly coding: readonly [{ readonly system: string; readonly code: string; readonly display: string }]
  readonly text?: string
}

const systems: Readonly<Record<Code['scheme'], string>> = {
  DCM: 'http://dicom.nema.org/resources/ontology/DCM',
  SCT: 'http://snomed.info/sct',
  LN: 'http://loinc.org',
  UCUM: 'http://unitsofmeasure.org',
  RFC5646: 'urn:ietf:bcp:47',
}

/** A DICOM code in FHIR. */
export function concept(code: Code, text?: string): CodeableConcept {
  return {
    coding: [{ system: systems[code.scheme], code: code.value, display: code.meaning }],
    ...(text !== undefined && { text }),
  }
}

const terminology = 'http://terminology.hl7.org/CodeSystem'

/** Marks assertions of an artificial intelligence, as security label and as reason. */
export const aiAsserted = {
  system: `${terminology}/v3-ObservationValue`,
  code: 'AIAST',
  display: 'Artificial Intelligence asserted',
} as const

export const imagingCategory: CodeableConcept = {
  coding: [{ system: `${terminology}/observation-category`, code: 'imaging', display: 'Imaging' }],
}

export const radiologyCategory: CodeableConcept = {
  coding: [{ system: systems.LN, code: 'LP29684-5', display: 'Radiology' }],
}

export const accessionType: CodeableConcept = {
  coding: [{ system: `${terminology}/v2-0203`, code: 'ACSN', display: 'Accession ID' }],
}

export const assemblerAgent: CodeableConcept = {
  coding: [{ system: `${terminology}/provenance-participant-type`, code: 'assembler', display: 'Assembler' }],
}

/** A percentage. */
export function percentQuantity(value: number): Readonly<Record<string, unknown>> {
  return { value, unit: '%', system: systems.UCUM, code: '%' }
}
