import type { DicomDataset } from '../dicom/dataset.ts'
import type { DecodedFrame } from './decode.ts'
import { hasValue, integerOf, numberOf, textOf } from '../dicom/element-values.ts'
import { attributeInvalid } from './errors.ts'
import { lookUp, readLookupTable } from './lookup-table.ts'
import type { Radiograph } from './radiograph.ts'
import { lookUpValues, occurringValues, storedValueCount } from './stored-values.ts'

const white = 65535

/**
 * A function of one value. The pipeline is a chain of these functions, computed once for every possible stored value.
 */
type Transform = (value: number) => number

/**
 * The display pipeline in the standard's order (PS3.3 C.11, PS3.14): modality, VOI, then inversion last and once.
 * @param memory provides the array for the samples of the result
 * @returns P-values 0 (black) to 65535 (white)
 * @throws PIXELS_ATTRIBUTE_INVALID
 */
export function toRadiograph(
  frame: DecodedFrame,
  dataset: DicomDataset,
  memory: (length: number) => Uint16Array<ArrayBuffer> = (length) => new Uint16Array(length),
): Radiograph {
  const modality = modalityTransform(dataset, frame.signed)
  const voi = voiTransform(dataset, frame, modality)
  const invert = isInverted(dataset)
  const table = new Uint16Array(storedValueCount)
  const { from, to } = storedRange(frame)
  for (let stored = from; stored <= to; stored++) {
    const shown = Math.min(Math.max(voi(modality(stored)), 0), 1)
    table[stored & 0xffff] = Math.round((invert ? 1 - shown : shown) * white)
  }
  const samples = memory(frame.samples.length)
  lookUpValues(frame, table, samples)
  return { width: frame.columns, height: frame.rows, samples }
}

function storedRange({ bitsStored, signed }: DecodedFrame): { from: number; to: number } {
  const half = 2 ** (bitsStored - 1)
  return signed ? { from: -half, to: half - 1 } : { from: 0, to: 2 * half - 1 }
}

/** Modality LUT Sequence, or Rescale Slope and Intercept, or nothing (PS3.3 C.11.1). */
function modalityTransform(dataset: DicomDataset, signed: boolean): Transform {
  const table = readLookupTable(dataset, '00283000', signed)
  if (table !== undefined) return (stored) => lookUp(table, stored)
  const slope = optionalNumber(dataset, '00281053', 'RescaleSlope') ?? 1
  const intercept = optionalNumber(dataset, '00281052', 'RescaleIntercept') ?? 0
  if (slope === 0) throw attributeInvalid('RescaleSlope', 'is 0')
  return (stored) => stored * slope + intercept
}

/** VOI LUT Sequence, or the first window, or the full range of the pixels (PS3.3 C.11.2). */
function voiTransform(dataset: DicomDataset, frame: DecodedFrame, modality: Transform): Transform {
  const { from, to } = storedRange(frame)
  const signedInput = Math.min(modality(from), modality(to)) < 0
  const table = readLookupTable(dataset, '00283010', signedInput)
  if (table !== undefined) return (value) => lookUp(table, value) / table.maxEntry
  const center = optionalNumber(dataset, '00281050', 'WindowCenter')
  const width = optionalNumber(dataset, '00281051', 'WindowWidth')
  if (center === undefined || width === undefined) return fullRange(frame, dataset, modality)
  const voiLutFunction = textOf(dataset, '00281056') ?? 'LINEAR'
  // A width of 0 means that no window was set; no function of the standard allows it (C.11.2.1.2.1).
  if (width < (voiLutFunction === 'LINEAR' ? 1 : Number.MIN_VALUE)) return fullRange(frame, dataset, modality)
  return windowTransform(voiLutFunction, center, width)
}

/** VOI LUT Functions LINEAR, LINEAR_EXACT and SIGMOID (PS3.3 C.11.2.1.2, C.11.2.1.3). */
function windowTransform(voiLutFunction: string, center: number, width: number): Transform {
  switch (voiLutFunction) {
    case 'LINEAR':
      // A window of width 1 is a step; the formula would divide by zero.
      if (width === 1) return (value) => (value <= center - 0.5 ? 0 : 1)
      return (value) => (value - (center - 0.5)) / (width - 1) + 0.5
    case 'LINEAR_EXACT':
      return (value) => (value - center) / width + 0.5
    case 'SIGMOID':
      return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width))
    default:
      throw attributeInvalid('VOILUTFunction', 'is not LINEAR, LINEAR_EXACT or SIGMOID')
  }
}

/** Stretches the values that occur, without padding, over the whole range (PS3.3 C.7.5.1.1.2). */
function fullRange(frame: DecodedFrame, dataset: DicomDataset, modality: Transform): Transform {
  const isPadding = paddingTest(dataset, frame.signed)
  const occurs = occurringValues(frame)
  let least = Infinity
  let most = -Infinity
  const { from, to } = storedRange(frame)
  for (let stored = from; stored <= to; stored++) {
    if (occurs[stored & 0xffff] === 0 || isPadding(stored)) continue
    const value = modality(stored)
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return most > least ? (value) => (value - least) / (most - least) : () => 0
}

function paddingTest(dataset: DicomDataset, signed: boolean): (stored: number) => boolean {
  const written = integerOf(dataset, '00280120')
  // Stryker disable next-line ArrowFunction: undefined is as false
  if (written === undefined) return () => false
  // The VR is US or SS, like the pixels. Implicit VR files do not state it, and some explicit ones state the wrong one.
  const asStored = (value: number): number => (signed ? (value << 16) >> 16 : value & 0xffff)
  const padding = asStored(written)
  const limit = asStored(integerOf(dataset, '00280121') ?? written)
  const least = Math.min(padding, limit)
  const most = Math.max(padding, limit)
  return (stored) => stored >= least && stored <= most
}

/** MONOCHROME1 and Presentation LUT Shape INVERSE mean the same; together they invert once (PS3.3 C.11.6.1.2). */
function isInverted(dataset: DicomDataset): boolean {
  return textOf(dataset, '00280004') === 'MONOCHROME1' || textOf(dataset, '20500020') === 'INVERSE'
}

function optionalNumber(dataset: DicomDataset, tag: string, keyword: string): number | undefined {
  const number = numberOf(dataset, tag)
  if (number === undefined && hasValue(dataset, tag)) throw attributeInvalid(keyword, 'is not a number')
  return number
}
