import dcmjs from 'dcmjs'

/** A data set by keyword, as dcmjs's "natural" form has it. */
export type NaturalDataset = Readonly<Record<string, unknown>> & {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
}

/** Our own implementation class (PS3.7 D.3.3.2), a UUID-derived UID made once for this program. */
const implementationClassUid = '2.25.228117365514926482213742904617185226701'

/**
 * Writes a data set as a Part 10 file in Explicit VR Little Endian. The same data set always gives the same bytes.
 * @param vrMap value representations where the dictionary leaves a choice, for example `{ PixelData: 'OB' }`
 */
export function writePart10(
  dataset: NaturalDataset,
  vrMap: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const { DicomDict, DicomMetaDictionary } = dcmjs.data
  const meta = DicomMetaDictionary.denaturalizeDataset({
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: dataset.SOPClassUID,
    MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
    TransferSyntaxUID: '1.2.840.10008.1.2.1',
    ImplementationClassUID: implementationClassUid,
    ImplementationVersionName: 'LUNG_TRIAGE',
  })
  const file = new DicomDict(meta)
  file.dict = DicomMetaDictionary.denaturalizeDataset({ ...dataset, _vrMap: vrMap })
  return new Uint8Array(file.write({ allowInvalidVRLength: true }))
}
