/** One attribute in the DICOM JSON Model (PS3.18 Annex F). `Value` is absent for an empty attribute. */
export interface DicomElement {
  readonly vr: string
  readonly Value?: readonly unknown[]
  readonly InlineBinary?: string
}

/** A data set in the DICOM JSON Model, keyed by eight upper-case hex digits, from DICOMweb or a parsed file. */
export type DicomDataset = Readonly<Record<string, DicomElement>>
