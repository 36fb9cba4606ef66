import { expect } from 'chai'
import type { Prediction } from '../../../src/classify/prediction.ts'
import { fhirBundle } from '../../../src/report/fhir/bundle.ts'
import type { FhirBundle } from '../../../src/report/result-objects.ts'
import { analysed, imagePrediction, manyImages, predictionOf } from '../fixtures.ts'

const options = {
  patientIdentifierSystem: 'urn:oid:2.16.1',
  patientIdentifierSystems: new Map<string, string>(),
  accessionIdentifierSystem: 'urn:oid:2.16.2',
  readingTask: true,
}

function bundleOf(prediction: Prediction): FhirBundle {
  return fhirBundle(prediction, 'ab12'.repeat(16), [], options)
}

/** The parts of a report or observation that the tests check. */
interface Looked {
  readonly resourceType: string
  readonly status?: string
  readonly issued?: string
  readonly identifier?: readonly { readonly value: string }[]
  readonly derivedFrom?: readonly { readonly display: string }[]
  readonly note?: readonly { readonly text: string }[]
  readonly component?: readonly { readonly valueQuantity: { readonly value: number } }[]
}

function resources(bundle: FhirBundle, ...types: readonly string[]): readonly Looked[] {
  return bundle.entry.map((entry): Looked => entry.resource).filter(({ resourceType }) => types.includes(resourceType))
}

const imagesOf = (prediction: Prediction) => (prediction.kind === 'analysed' ? prediction.images : [])

describe('the FHIR report and its observations', () => {
  for (const [name, make] of Object.entries(predictionOf)) {
    it(`are preliminary, because no physician has verified them, and issued at the analysis: ${name}`, () => {
      const asserted = resources(bundleOf(make()), 'DiagnosticReport', 'Observation')
      expect(asserted).to.have.length(1 + imagesOf(make()).length)
      for (const { resourceType, status, issued } of asserted) {
        expect([status, issued], resourceType).to.deep.equal(['preliminary', '2026-03-01T08:15:30.250Z'])
      }
    })
  }
})

describe('the FHIR observations of a study of several images', () => {
  it('have image, probability and warnings of their own image', () => {
    const unlocated = imagePrediction({ pneumonia: 0.4449, imageNumber: 2, lungs: 'whole-frame' })
    const prediction = analysed([imagePrediction(), unlocated, imagePrediction({ pneumonia: 0.0431, imageNumber: 3 })])
    const observations = resources(bundleOf(prediction), 'Observation')
    expect(observations.map(({ derivedFrom }) => derivedFrom?.[0]?.display)).to.deep.equal(
      prediction.images.map(({ header }) => `Image ${header.sopInstanceUid}`),
    )
    expect(observations.map(({ component }) => component?.[0]?.valueQuantity.value)).to.deep.equal([87.6, 44.5, 4.3])
    const warnings = observations.map(({ note }) => note?.filter(({ text }) => text.includes('not located')).length)
    expect(warnings).to.deep.equal([0, 1, 0])
  })

  it('have identifiers and addresses of their own, even of twelve images', () => {
    const { entry } = bundleOf(manyImages(12))
    const identifiers = resources(bundleOf(manyImages(12)), 'Observation').map((each) => each.identifier?.[0]?.value)
    expect(new Set(identifiers).size).to.equal(12)
    expect(new Set(entry.map(({ fullUrl }) => fullUrl)).size).to.equal(entry.length)
    expect(new Set(entry.map(({ request }) => request.url)).size).to.equal(entry.length)
  })
})
