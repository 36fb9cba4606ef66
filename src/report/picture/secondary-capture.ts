import type { ImagePrediction, Prediction } from '../../classify/prediction.ts'
import type { ImageSize } from '../../pixels/area-average.ts'
import type { DicomDataset } from '../../dicom/dataset.ts'
import { textOf, textsOf } from '../../dicom/element-values.ts'
import { codes } from '../codes.ts'
import { contentMoment } from '../../dicom/date-and-time.ts'
import { type ImageFile, imageFile } from '../../dicom/dicom-writer.ts'
import { percent } from '../percent.ts'
import { manufacturer } from '../sr/report-context.ts'
import { studyAttributes } from '../source-attributes.ts'
import { modelNamed, notForDiagnosticUse } from '../wording.ts'

/** Secondary Capture Image Storage. */
export const secondaryCaptureStorage = '1.2.840.10008.5.1.4.1.1.7'

/** Next to the Structured Report's series. */
const seriesNumber = 9702

/** UIDs of the object. */
interface SecondaryCaptureUids {
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
}

/**
 * A picture as an image file that every viewer shows: Secondary Capture (PS3.3 A.8.1), RGB, uncompressed, in the
 * source's study.
 * @param size of the picture
 * @returns a Part 10 file, and its pixels (three bytes each) for the caller to fill; the same arguments give the same
 * bytes
 */
export function secondaryCapture(
  size: ImageSize,
  image: ImagePrediction,
  prediction: Extract<Prediction, { kind: 'analysed' }>,
  uids: SecondaryCaptureUids,
): ImageFile {
  const { date, time, offset } = contentMoment(prediction.analysedAt, prediction.source)
  const dataset = {
    ...studyAttributes(prediction.source),
    ...equipment(prediction),
    SOPClassUID: secondaryCaptureStorage,
    SOPInstanceUID: uids.sopInstanceUid,
    TimezoneOffsetFromUTC: offset,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    Modality: 'OT',
    SeriesInstanceUID: uids.seriesInstanceUid,
    SeriesNumber: seriesNumber,
    SeriesDate: date,
    SeriesTime: time,
    SeriesDescription: `Pneumonia triage picture (${notForDiagnosticUse.toLowerCase()})`,
    BodyPartExamined: 'CHEST',
    InstanceNumber: prediction.images.indexOf(image) + 1,
    ContentDate: date,
    ContentTime: time,
    PatientOrientation: '',
    ImageType: ['DERIVED', 'SECONDARY'],
    ...derivation(image, prediction),
    ...imagePixel(size),
  }
  return imageFile(dataset, 'OB', 3 * size.width * size.height)
}

/** General and SC Equipment modules (PS3.3 C.7.5.1, C.8.6.1). */
function equipment({ model }: Prediction): Readonly<Record<string, unknown>> {
  const modelName = `${model.name} ${model.version}`
  return {
    Manufacturer: manufacturer,
    ManufacturerModelName: modelName,
    DeviceSerialNumber: model.digest.slice(0, 16),
    SoftwareVersions: model.version,
    ConversionType: 'WSD',
    SecondaryCaptureDeviceManufacturer: manufacturer,
    SecondaryCaptureDeviceManufacturerModelName: modelName,
    SecondaryCaptureDeviceSoftwareVersions: model.version,
  }
}

/** The source of the picture, and properties of the source's pixels that apply to it. */
function derivation(image: ImagePrediction, prediction: Prediction): Readonly<Record<string, unknown>> {
  const { header, decision, probabilities } = image
  return {
    DerivationDescription:
      `Radiograph with analysed lung fields and the finding of ${modelNamed(prediction.model)}. ` +
      `Pneumonia: ${decision}, probability ${percent(probabilities.pneumonia)} %. ${notForDiagnosticUse}.`,
    SourceImageSequence: [
      {
        ReferencedSOPClassUID: header.sopClassUid,
        ReferencedSOPInstanceUID: header.sopInstanceUid,
        PurposeOfReferenceCodeSequence: [
          {
            CodeValue: codes.sourceForProcessing.value,
            CodingSchemeDesignator: codes.sourceForProcessing.scheme,
            CodeMeaning: codes.sourceForProcessing.meaning,
          },
        ],
      },
    ],
    ...burnedInAnnotation(image),
    ...(textOf(prediction.source, '00080018') === header.sopInstanceUid && lossyCompression(prediction.source)),
  }
}

/** Our text identifies nobody, but text burned into the radiograph is also in the picture. */
function burnedInAnnotation({ header }: ImagePrediction): Readonly<Record<string, string>> {
  return { BurnedInAnnotation: header.burnedInAnnotation?.toUpperCase() === 'YES' ? 'YES' : 'NO' }
}

/** Once lossy, always lossy (PS3.3 C.7.6.1.1.5). */
function lossyCompression(source: DicomDataset): Readonly<Record<string, unknown>> {
  if (textOf(source, '00282110') !== '01') return {}
  const ratios = (source['00282112']?.Value ?? []).map(String)
  const methods = textsOf(source, '00282114')
  return {
    LossyImageCompression: '01',
    ...(ratios.length > 0 && { LossyImageCompressionRatio: ratios }),
    ...(methods.length > 0 && { LossyImageCompressionMethod: methods }),
  }
}

function imagePixel({ width, height }: ImageSize): Readonly<Record<string, unknown>> {
  return {
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: height,
    Columns: width,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
  }
}
