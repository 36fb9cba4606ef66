import type { MediumOf, ResultName } from './result-kinds.ts'

/** One DICOM object ready to store. `bytes` is a Part 10 file. */
export interface DicomObject {
  /** Its name in messages, for example `segmentation`. */
  readonly kind: string
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A FHIR R4 transaction bundle. Every entry is conditional on our identifiers. */
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

/** An HL7 v2 message, without MLLP framing. */
export interface OruMessage {
  /** MSH-10, which the acknowledgement refers to. */
  readonly controlId: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Contents of a result by medium. */
export interface MediumContents {
  readonly dicom: readonly DicomObject[]
  readonly fhir: FhirBundle
  readonly hl7: OruMessage
}

export type Medium = keyof MediumContents

/** The results of a study by kind. A kind is absent if it was disabled when the results were built. */
export type ResultParts = { readonly [Name in ResultName]?: MediumContents[MediumOf<Name>] }

/** All results of one study. The bytes are stored before delivery, and a retry resends them. */
export interface ResultObjects {
  readonly studyInstanceUid: string
  /** The identity from which all UIDs here derive, see uids.ts. */
  readonly resultKey: string
  readonly parts: ResultParts
  /** JPEG files for the pages, independent of the other results. */
  readonly pagePictures: readonly Uint8Array<ArrayBuffer>[]
}
