import { type ResultKind, noPagePictures } from '../result-kind.ts'
import { fhirBundle } from './bundle.ts'
import type { FhirOptions } from './imaging-study.ts'

interface FhirSettings {
  readonly Results: { readonly Fhir: boolean }
  readonly Fhir: {
    readonly PatientIdentifierSystem: string
    readonly PatientIdentifierSystems: readonly { readonly Issuer: string; readonly System: string }[]
    readonly AccessionIdentifierSystem: string
    readonly Task: boolean
  }
}

/** The FHIR resources, one transaction per study. */
export const fhirResult: ResultKind<'fhir', FhirSettings> = {
  medium: 'fhir',
  builder(settings) {
    if (!settings.Results.Fhir) return undefined
    const options = optionsOf(settings)
    return async ({ prediction, resultKey, pictures }) => fhirBundle(prediction, resultKey, await pictures, options)
  },
  files: (bundle) =>
    Promise.resolve([{ name: 'fhir.json', bytes: new TextEncoder().encode(`${JSON.stringify(bundle, null, 2)}\n`) }]),
  pagePictures: noPagePictures,
}

function optionsOf({ Fhir }: FhirSettings): FhirOptions {
  return {
    patientIdentifierSystem: Fhir.PatientIdentifierSystem,
    patientIdentifierSystems: new Map(Fhir.PatientIdentifierSystems.map(({ Issuer, System }) => [Issuer, System])),
    accessionIdentifierSystem: Fhir.AccessionIdentifierSystem,
    readingTask: Fhir.Task,
  }
}
