import { fhirResult } from './fhir/fhir-result.ts'
import { hl7Result } from './hl7/hl7-result.ts'
import { pictureResult } from './picture/picture-result.ts'
import type { ResultFile, ResultKind } from './result-kind.ts'
import type { DicomObject, Medium, ResultParts } from './result-objects.ts'
import { segmentationResult } from './segmentation/segmentation-result.ts'
import { structuredReportResult } from './sr/structured-report-result.ts'

/** All kinds of results, by name in receipts, metrics and the store. To add a kind, write its file and list it here. */
export const resultKinds = {
  structuredReport: structuredReportResult,
  pictures: pictureResult,
  segmentations: segmentationResult,
  fhir: fhirResult,
  hl7: hl7Result,
}

export type ResultName = keyof typeof resultKinds

export type MediumOf<Name extends ResultName> = (typeof resultKinds)[Name]['medium']

/** Names of the kinds that a medium carries. */
export type ResultNameOf<M extends Medium> = {
  [Name in ResultName]: MediumOf<Name> extends M ? Name : never
}[ResultName]

/** All settings that the kinds read, named as in the `"LungTriage"` section. */
export type ReportSettings = (typeof resultKinds)[ResultName]['builder'] extends (settings: infer S) => unknown
  ? S
  : never

/** The same list, typed for access by name. */
export const kindByName: { readonly [Name in ResultName]: ResultKind<MediumOf<Name>, ReportSettings> } = resultKinds

export const resultNames = Object.keys(resultKinds) as readonly ResultName[]

/** The kinds of a medium that the settings enable. */
export function namesOn<M extends Medium>(medium: M, settings: ReportSettings): readonly ResultNameOf<M>[] {
  return namesOf(medium).filter((name) => kindByName[name].builder(settings) !== undefined)
}

/** The DICOM objects of a result, of all kinds or of the given ones. */
export function dicomObjects(
  parts: ResultParts,
  names: readonly ResultNameOf<'dicom'>[] = namesOf('dicom'),
): readonly DicomObject[] {
  return names.flatMap((name) => parts[name] ?? [])
}

/** The files of a result, for `analyze`. */
export async function resultFiles(parts: ResultParts): Promise<readonly ResultFile[]> {
  return (await Promise.all(resultNames.map((name) => filesOf(name, parts[name])))).flat()
}

function filesOf<Name extends ResultName>(name: Name, part: ResultParts[Name]): Promise<readonly ResultFile[]> {
  return part === undefined ? Promise.resolve([]) : kindByName[name].files(part)
}

function namesOf<M extends Medium>(medium: M): readonly ResultNameOf<M>[] {
  return resultNames.filter((name): name is ResultNameOf<M> => resultKinds[name].medium === medium)
}
