import type { MediumOf, ResultName } from './result-kinds.ts'

/** One DICOM object ready to store. `bytes` is a Part 10 file. */
export interface DicomObject {
  /** What messages call it: `structured-report`, `segmentation`. */
  readonly kind: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A FHIR R4 transaction bundle whose every entry is conditional on our identifiers. */
export interface FhirBundle {
  readonly resourceType: 'Bundle'
  readonly type: 'transaction'
  readonly entry: readonly {
    readonly fullUrl: string
    readonly resource: FhirResource
    readonly request: { readonly method: 'PUT' | 'POST'; readonly url: string; readonly ifNoneExist?: string }
  }[]
}

export type FhirResource = { readonly resourceType: string; readonly id?: string } & Readonly<Record<string, unknown>>

/** An HL7 v2 message as a receiver gets it, without the framing of MLLP. */
export interface OruMessage {
  /** MSH-10, by which a receiver acknowledges it. */
  readonly controlId: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What a result consists of, by the protocol that carries it. */
export interface MediumContents {
  readonly dicom: readonly DicomObject[]
  readonly fhir: FhirBundle
  readonly hl7: OruMessage
}

export type Medium = keyof MediumContents

/** The results of a study by kind; one is absent where the settings had it off when the results were built. */
export type ResultParts = { readonly [Name in ResultName]?: MediumContents[MediumOf<Name>] }

/** Everything written back for one study; its bytes are stored before delivery, and a retry resends them. */
export interface ResultObjects {
  readonly studyInstanceUid: string
  /** Hash of source UIDs, model digest and outcome: the identity from which every UID here derives. */
  readonly resultKey: string
  readonly parts: ResultParts
  /** JPEG files that pages show, whatever else is written. */
  readonly pagePictures: readonly Uint8Array<ArrayBuffer>[]
}
