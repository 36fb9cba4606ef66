/** One DICOM object ready to store. `bytes` is a Part 10 file. */
export interface DicomObject {
  readonly kind: 'structured-report' | 'secondary-capture' | 'segmentation' | 'rejection-note'
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

/** Everything written back for one study; its bytes are stored before delivery, and a retry resends them. */
export interface ResultObjects {
  readonly studyInstanceUid: string
  /** Hash of source UIDs, model digest and outcome: the identity from which every UID here derives. */
  readonly resultKey: string
  readonly structuredReport: DicomObject
  /** One picture per analysed image, in the order of `Prediction.images`; `jpeg` is the same picture for pages. */
  readonly pictures: readonly { readonly object: DicomObject; readonly jpeg: Uint8Array<ArrayBuffer> }[]
  /** The lungs of the analysed images, where the settings ask for them and they were found. */
  readonly segmentations: readonly DicomObject[]
  readonly fhir: FhirBundle
  /** Where the settings ask for it. */
  readonly hl7?: OruMessage
}
