import { expect } from 'chai'
import { fhirBundle } from '../../../src/report/fhir/bundle.ts'
import { fhirResult } from '../../../src/report/fhir/fhir-result.ts'
import { withdrawnBundle } from '../../../src/report/fhir/withdrawal.ts'
import type { FhirBundle } from '../../../src/report/result-objects.ts'
import { expectRecorded } from '../../recording.ts'
import {
  type RecordedStudy,
  asRecorded,
  materialOf,
  recordedNames,
  recordedStudies,
  resultKey,
} from '../recorded-studies.ts'

const options = {
  patientIdentifierSystem: 'urn:oid:2.16.1',
  patientIdentifierSystems: new Map<string, string>(),
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
    const withdrawn = withdrawnBundle(bundleOf('several images'), {
      cause: 'model-retracted',
      model,
      at: '2026-04-02T23:30:00.000Z',
    })
    return expectRecorded(file('several images withdrawn'), asRecorded(withdrawn), 0)
  })

  it('is built with the systems and the task of the settings, and is a file of analyze', async () => {
    const settings = (Fhir: boolean, Task: boolean) => ({
      Results: { Fhir },
      Fhir: {
        PatientIdentifierSystem: options.patientIdentifierSystem,
        PatientIdentifierSystems: [],
        AccessionIdentifierSystem: options.accessionIdentifierSystem,
        Task,
      },
    })
    const material = materialOf('present')
    for (const readingTask of [true, false]) {
      const bundle = await fhirResult.builder(settings(true, readingTask))!(material)
      expect(bundle).to.deep.equal(fhirBundle(material.prediction, resultKey, [], { ...options, readingTask }))
      const [file, ...others] = await fhirResult.files(bundle)
      const text = new TextDecoder().decode(file!.bytes)
      expect(text)
        .to.match(/^{\n  "resourceType": "Bundle"/)
        .and.to.match(/}\n$/)
      expect([file!.name, JSON.parse(text), others]).to.deep.equal(['fhir.json', asRecorded(bundle), []])
    }
    expect(fhirResult.builder(settings(false, true))).to.equal(undefined)
    expect(await fhirResult.pagePictures(material)).to.deep.equal([])
  })
})
