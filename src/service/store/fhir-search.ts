import { z } from 'zod'
import type { StoredFhirResource } from '../../deliver/embedded-fhir.ts'

/** A search key of a resource with its values, or a search for any of the values. */
export interface FhirKey {
  /**
   * FHIR search parameter. `identifier-value`: an identifier without its system. `patient-or-identifier`: the patient's
   * reference or identifier.
   */
  readonly parameter: 'identifier' | 'identifier-value' | 'patient' | 'patient-or-identifier' | 'study'
  readonly values: readonly string[]
}

const identifier = z.object({ system: z.string().optional(), value: z.string() })
const reference = z.object({ reference: z.string().optional(), identifier: identifier.optional().catch(undefined) })

/** The searchable parts of a resource. A part in any other form is ignored. */
const searchable = z.object({
  identifier: z
    .union([z.array(identifier), identifier.transform((one) => [one])])
    .optional()
    .catch(undefined),
  subject: reference.optional().catch(undefined),
  /** A Task's subject. */
  for: reference.optional().catch(undefined),
  imagingStudy: z.array(reference).optional().catch(undefined),
})

/** `system|value`, the form of FHIR searches. The system is empty if the identifier has none. */
export function identifierToken({
  system,
  value,
}: {
  readonly system?: string | undefined
  readonly value: string
}): string {
  return `${system ?? ''}|${value}`
}

/** All search keys of a resource. */
export function searchKeys(resource: StoredFhirResource): readonly FhirKey[] {
  const { identifier: identifiers = [], imagingStudy = [], ...whose } = searchable.parse(resource)
  const subject = whose.subject ?? whose.for
  return [
    { parameter: 'identifier', values: identifiers.map(identifierToken) },
    { parameter: 'identifier-value', values: identifiers.map(({ value }) => value) },
    { parameter: 'patient', values: present(subject?.reference) },
    {
      parameter: 'patient-or-identifier',
      values: [...present(subject?.reference), ...present(subject?.identifier).map(identifierToken)],
    },
    { parameter: 'study', values: imagingStudy.flatMap((study) => present(study.reference)) },
  ]
}

function present<Value>(value: Value | undefined): Value[] {
  return value === undefined ? [] : [value]
}
