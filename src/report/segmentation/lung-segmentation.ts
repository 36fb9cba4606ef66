import type { ImagePrediction, Prediction } from '../../classify/prediction.ts'
import { type LungMask, leftLung, rightLung } from '../../lungs/lung-region.ts'
import { type Code, codes } from '../codes.ts'
import { contentMoment } from '../../dicom/date-and-time.ts'
import { writeImage } from '../../dicom/dicom-writer.ts'
import { invalidContent } from '../errors.ts'
import { manufacturer } from '../sr/report-context.ts'
import { drawSegment, packBits } from './segment-frames.ts'
import { studyAttributes } from '../source-attributes.ts'
import { notForDiagnosticUse } from '../wording.ts'

/** Segmentation Storage. */
export const segmentationStorage = '1.2.840.10008.5.1.4.1.1.66.4'

/** Next to the pictures' series. */
const seriesNumber = 9703

/** UIDs of the object, including a frame of reference, which a radiograph lacks. */
interface SegmentationUids {
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly frameOfReferenceUid: string
  readonly dimensionOrganizationUid: string
}

/**
 * Patient's right lung first. Colours are CIELab, scaled by PS3.3 C.10.7.1.1: blue and orange, which colour-blind
 * people can distinguish.
 */
const segments = [
  { number: 1, lung: rightLung, label: 'Right lung', type: codes.rightLung, cieLab: [45875, 30326, 23644] },
  { number: 2, lung: leftLung, label: 'Left lung', type: codes.leftLung, cieLab: [46330, 38036, 52171] },
] as const

/**
 * The lungs of an image as a Segmentation (PS3.3 A.51): two segments of the image's size. OHIF overlays them only if
 * they have plane orientation, position and a frame of reference. A projection has none, so these only state that the
 * pixels coincide.
 * @returns a Part 10 file; the same arguments give the same bytes
 */
export function lungSegmentation(
  image: ImagePrediction,
  mask: LungMask,
  prediction: Prediction,
  uids: SegmentationUids,
): Uint8Array<ArrayBuffer> {
  const { rows, columns } = image.header
  if (rows === undefined || columns === undefined)
    throw invalidContent('a segmentation of an image without Rows or Columns')
  const { date, time, offset } = contentMoment(prediction.analysedAt, prediction.source)
  const dataset = {
    ...studyAttributes(prediction.source),
    SOPClassUID: segmentationStorage,
    SOPInstanceUID: uids.sopInstanceUid,
    TimezoneOffsetFromUTC: offset,
    Modality: 'SEG',
    SeriesInstanceUID: uids.seriesInstanceUid,
    SeriesNumber: seriesNumber,
    SeriesDate: date,
    SeriesTime: time,
    SeriesDescription: `Lungs (${notForDiagnosticUse.toLowerCase()})`,
    FrameOfReferenceUID: uids.frameOfReferenceUid,
    PositionReferenceIndicator: '',
    Manufacturer: manufacturer,
    ManufacturerModelName: `${prediction.model.name} ${prediction.model.version}`,
    DeviceSerialNumber: prediction.model.digest.slice(0, 16),
    SoftwareVersions: prediction.model.version,
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    ContentLabel: 'LUNGS',
    ContentDescription: `Lungs as analysed. ${notForDiagnosticUse}.`,
    ContentCreatorName: '',
    ImageType: ['DERIVED', 'PRIMARY'],
    ...sampleFormat(rows * columns),
    LossyImageCompression: '00',
    ...dimensions(uids.dimensionOrganizationUid),
    SegmentSequence: segments.map((segment) => segmentItem(segment, prediction)),
    SharedFunctionalGroupsSequence: [sharedGroups(image)],
    PerFrameFunctionalGroupsSequence: segments.map(({ number }) => frameGroups(number, image)),
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: image.header.seriesInstanceUid, ReferencedInstanceSequence: [referenceTo(image)] },
    ],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: String(segments.length),
    Rows: rows,
    Columns: columns,
    PixelRepresentation: 0,
  }
  return writeImage(dataset, framesOf(mask, rows, columns))
}

/**
 * Whether pixels are stored as bits. Frames of bits follow each other without padding, even inside a byte (PS3.5
 * 8.1.1). dcmjs, and therefore OHIF, scrambles frames that begin inside a byte; in that case each pixel is stored as a
 * byte.
 */
function isBitPacked(framePixels: number): boolean {
  return framePixels % 8 === 0
}

/**
 * Segmentation Image module (PS3.3 C.8.20.2). When stored as bytes, a pixel holds a probability of lung of 0 or 1, with
 * 1 as the maximum.
 */
function sampleFormat(framePixels: number): Readonly<Record<string, string | number>> {
  if (isBitPacked(framePixels)) return { SegmentationType: 'BINARY', BitsAllocated: 1, BitsStored: 1, HighBit: 0 }
  return {
    SegmentationType: 'FRACTIONAL',
    SegmentationFractionalType: 'PROBABILITY',
    MaximumFractionalValue: 1,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
  }
}

function framesOf(mask: LungMask, rows: number, columns: number): Uint8Array<ArrayBuffer> {
  const size = { width: columns, height: rows }
  const framePixels = rows * columns
  const samples = new Uint8Array(segments.length * framePixels)
  for (const [frame, { lung }] of segments.entries())
    drawSegment(mask, lung, size, samples.subarray(frame * framePixels, (frame + 1) * framePixels))
  return isBitPacked(framePixels) ? packBits(samples) : samples
}

function segmentItem(
  { number, label, type, cieLab }: (typeof segments)[number],
  { model }: Prediction,
): Readonly<Record<string, unknown>> {
  return {
    SegmentNumber: number,
    SegmentLabel: label,
    SegmentAlgorithmType: 'AUTOMATIC',
    SegmentAlgorithmName: `${manufacturer} lung atlas`,
    RecommendedDisplayCIELabValue: [...cieLab],
    SegmentedPropertyCategoryCodeSequence: [codeItemOf(codes.anatomicalStructure)],
    SegmentedPropertyTypeCodeSequence: [codeItemOf(type)],
    SegmentationAlgorithmIdentificationSequence: [
      {
        AlgorithmFamilyCodeSequence: [codeItemOf(codes.artificialIntelligence)],
        AlgorithmName: model.name,
        AlgorithmVersion: model.version,
      },
    ],
  }
}

/** Frames differ only in their segment (PS3.3 C.7.6.17). */
function dimensions(uid: string): Readonly<Record<string, unknown>> {
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: uid }],
    DimensionIndexSequence: [
      {
        DimensionOrganizationUID: uid,
        DimensionIndexPointer: '0062000B',
        FunctionalGroupPointer: '0062000A',
        DimensionDescriptionLabel: 'Segment',
      },
    ],
  }
}

/**
 * Without a pixel spacing in the source, a pixel counts as one millimetre: viewers do not place an overlay without one.
 */
function sharedGroups({ header }: ImagePrediction): Readonly<Record<string, unknown>> {
  // DS holds at most 16 characters (PS3.5 6.2).
  const PixelSpacing = (header.pixelSpacingMm ?? [1, 1]).map((mm) => String(Number(mm.toPrecision(8))))
  return {
    PixelMeasuresSequence: [{ PixelSpacing, SliceThickness: '1' }],
    PlaneOrientationSequence: [{ ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'] }],
  }
}

function frameGroups(segment: number, image: ImagePrediction): Readonly<Record<string, unknown>> {
  return {
    FrameContentSequence: [{ DimensionIndexValues: [segment] }],
    PlanePositionSequence: [{ ImagePositionPatient: ['0', '0', '0'] }],
    SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    DerivationImageSequence: [
      {
        DerivationCodeSequence: [codeItemOf(codes.segmentation)],
        SourceImageSequence: [
          {
            ...referenceTo(image),
            PurposeOfReferenceCodeSequence: [codeItemOf(codes.sourceForProcessing)],
            SpatialLocationsPreserved: 'YES',
          },
        ],
      },
    ],
  }
}

function referenceTo({ header }: ImagePrediction): Readonly<Record<string, string>> {
  return { ReferencedSOPClassUID: header.sopClassUid, ReferencedSOPInstanceUID: header.sopInstanceUid }
}

function codeItemOf({ value, scheme, meaning }: Code): Readonly<Record<string, string>> {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }
}
