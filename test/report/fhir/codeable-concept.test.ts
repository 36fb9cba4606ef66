import { expect } from 'chai'
import { concept } from '../../../src/report/fhir/codeable-concept.ts'

describe('a DICOM code in FHIR', () => {
  // PS3.16 chapter 8, table 8-1, and R4 terminologies-systems.html.
  for (const [scheme, system] of [
    ['DCM', 'http://dicom.nema.org/resources/ontology/DCM'],
    ['SCT', 'http://snomed.info/sct'],
    ['LN', 'http://loinc.org'],
    ['UCUM', 'http://unitsofmeasure.org'],
    ['RFC5646', 'urn:ietf:bcp:47'],
  ] as const) {
    it(`has the code system of ${scheme}`, () => {
      expect(concept({ scheme, value: 'v', meaning: 'm' })).to.deep.equal({
        coding: [{ system, code: 'v', display: 'm' }],
      })
    })
  }

  it('has a text if one is given', () => {
    expect(concept({ scheme: 'DCM', value: 'v', meaning: 'm' }, 'words').text).to.equal('words')
  })
})
