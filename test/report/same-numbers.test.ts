import { expect } from 'chai'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { firstItem, numberOf, textOf } from '../../src/dicom/element-values.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { predictionOf, previewsOf } from './fixtures.ts'
import { readOru } from './hl7/oru-reader.ts'
import { hl7Receiver, reportOptions } from './report-options.ts'

const probability = '122157'

describe('the results of one study', () => {
  for (const [name, make] of Object.entries(predictionOf)) {
    it(`has the same numbers in the Structured Report, in FHIR and in HL7 v2: ${name}`, async () => {
      const prediction = make()
      const options = reportOptions({ Hl7: hl7Receiver })
      const { structuredReport, fhir, hl7 } = (await buildResults(prediction, previewsOf(prediction), options)).parts
      const inReport = numbersOf(parseDicomFile(structuredReport![0]!.bytes).dataset)
      const inFhir = percentagesOf(fhir)
      expect(inReport.sort()).to.deep.equal(inFhir.sort())
      const inMessage = readOru(hl7!).observations.flatMap(({ type, value }) =>
        type === 'NM' ? [Number(value[0])] : [],
      )
      expect(inMessage.sort()).to.deep.equal(inFhir.sort())
      expect(inReport.length > 0, 'has numbers').to.equal(prediction.kind === 'analysed')
    })
  }
})

/** All probabilities of a content tree, in per cent. */
function numbersOf(item: DicomDataset): number[] {
  const children = (item['0040A730']?.Value ?? []) as readonly DicomDataset[]
  const name = firstItem(item, '0040A043')
  const measured = firstItem(item, '0040A300')
  const own =
    name && textOf(name, '00080100') === probability && measured ? [numberOf(measured, '0040A30A') ?? NaN] : []
  return [...own, ...children.flatMap(numbersOf)]
}

/** All percentages of a bundle, at any depth. */
function percentagesOf(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return []
  if ('code' in value && value.code === '%' && 'value' in value) return [Number(value.value)]
  return Object.values(value).flatMap(percentagesOf)
}
