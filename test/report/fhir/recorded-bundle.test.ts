import { fhirBundle } from '../../../src/report/fhir/bundle.ts'
import { withdrawnBundle } from '../../../src/report/fhir/withdrawal.ts'
import type { FhirBundle } from '../../../src/report/result-objects.ts'
import { expectRecorded } from '../../recording.ts'
import { type RecordedStudy, asRecorded, recordedNames, recordedStudies, resultKey } from '../recorded-studies.ts'

const options = {
  patientIdentifierSystem: 'urn:oid:2.16.1',
  accessionIdentifierSystem: 'urn:oid:2.16.2',
  readingTask: true,
}

function bundleOf(name: RecordedStudy): FhirBundle {
  const prediction = recordedStudies[name]
  const images = prediction.kind === 'analysed' ? prediction.images : []
  const pictures = images.map((_, index) => ({ jpeg: Uint8Array.of(255, 216, index) }))
  return fhirBundle(prediction, resultKey, pictures, options)
}

const file = (name: string) => new URL(`recordings/${name.replaceAll(' ', '-')}.json`, import.meta.url)

describe('the FHIR bundle of a study, with every attribute', () => {
  for (const name of recordedNames) {
    it(`is as recorded: ${name}`, () => expectRecorded(file(name), asRecorded(bundleOf(name)), 0))
  }

  it('is as recorded after it was withdrawn: several images', () => {
    const { model } = recordedStudies['several images']
    const withdrawn = withdrawnBundle(bundleOf('several images'), model, '2026-04-02T23:30:00.000Z')
    return expectRecorded(file('several images withdrawn'), asRecorded(withdrawn), 0)
  })
})
