import type { Prediction } from '../classify/prediction.ts'
import { personNameOf } from './source-attributes.ts'

/** How a name is written: ideographic in IDE, phonetic in SYL (ISO 21090, as DICOM PS3.20 maps the groups of PN). */
const representations = { Ideographic: 'IDE', Phonetic: 'SYL' } as const

/** The patient's name in each of its scripts, as FHIR R4 HumanName; empty where the image has none. */
export function humanNames({ source }: Prediction): readonly Readonly<Record<string, unknown>>[] {
  const name = personNameOf(source, '00100010')
  const groups = typeof name === 'string' ? { Alphabetic: name } : (name ?? {})
  return Object.entries(groups).flatMap(([group, written]) => {
    const parts = humanName(written)
    if (parts === undefined) return []
    return group === 'Alphabetic' ? [parts] : [{ ...parts, extension: [representationOf(group)] }]
  })
}

/** Family, given, middle, prefix, suffix, parted by carets (PS3.5 6.2.1.2). */
function humanName(written: string): Readonly<Record<string, unknown>> | undefined {
  const [family, given, middle, prefix, suffix] = written.split('^').map((part) => part.trim())
  const givenNames = [given, middle].filter(isWritten)
  const name = {
    ...(isWritten(family) && { family }),
    ...(givenNames.length > 0 && { given: givenNames }),
    ...(isWritten(prefix) && { prefix: [prefix] }),
    ...(isWritten(suffix) && { suffix: [suffix] }),
  }
  return Object.keys(name).length === 0 ? undefined : name
}

function isWritten(part: string | undefined): part is string {
  return part !== undefined && part !== ''
}

function representationOf(group: string): Readonly<Record<string, string>> {
  return {
    url: 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation',
    valueCode: representations[group as keyof typeof representations],
  }
}
