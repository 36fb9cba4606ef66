import { expect } from 'chai'
import { readerReport, studyIdentity } from '../../src/feedback/fhir-report.ts'

const accessionSystem = 'urn:hospital:accession'
const snomed = 'http://snomed.info/sct'

const report = (change: Record<string, unknown>): Record<string, unknown> => ({
  resourceType: 'DiagnosticReport',
  id: '12',
  meta: { versionId: '3', lastUpdated: '2026-03-01T08:00:00Z' },
  status: 'final',
  code: { text: 'Chest' },
  ...change,
})
const concluding = (...codings: readonly Record<string, string>[]) =>
  report({ conclusionCode: codings.map((coding) => ({ coding: [coding] })), conclusion: 'Pneumonia!' })
const readingOf = (resource: unknown) => readerReport(resource, accessionSystem)?.reading

describe("a reader's DiagnosticReport", () => {
  const pneumonia = {
    'pneumonia in SNOMED CT': { system: snomed, code: '233604007' },
    'bacterial pneumonia': { system: snomed, code: '53084003' },
    'viral pneumonia': { system: snomed, code: '75570004' },
    bronchopneumonia: { system: snomed, code: '396285007' },
    'J18.9 of ICD-10': { system: 'http://hl7.org/fhir/sid/icd-10', code: 'J18.9' },
    'J12 of ICD-10-CM': { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'J12' },
    'J159 of ICD-10-GM': { system: 'http://fhir.de/CodeSystem/bfarm/icd-10-gm', code: 'J159' },
  }
  for (const [name, coding] of Object.entries(pneumonia)) {
    it(`reads present from ${name}`, () => {
      expect(readingOf(concluding(coding))).to.equal('present')
    })
  }

  it('reads absent from other diagnoses alone', () => {
    expect(readingOf(concluding({ system: snomed, code: '60046008', display: 'Pleural effusion' }))).to.equal('absent')
    const other = { system: 'http://hl7.org/fhir/sid/icd-10', code: 'J20.9', display: 'Acute bronchitis' }
    expect(readingOf(concluding(other))).to.equal('absent')
    expect(readingOf(concluding(other, pneumonia.bronchopneumonia))).to.equal('present')
  })

  it('has no reading without codes, whatever its text says', () => {
    expect(readingOf(report({ conclusion: 'Pneumonia of the left lower lobe.' }))).to.equal(undefined)
  })

  it('has no reading for codes of a foreign vocabulary or an unknown pneumonia code', () => {
    expect(readingOf(concluding({ system: 'urn:hospital:codes', code: '17', display: 'Effusion' }))).to.equal(undefined)
    const rare = { system: snomed, code: '10625111000119106', display: 'Pneumonia caused by something rare' }
    expect(readingOf(concluding(rare))).to.equal(undefined)
  })

  it('has no reading after it was entered in error', () => {
    const resource = { ...concluding(pneumonia.bronchopneumonia), status: 'entered-in-error' }
    expect(readerReport(resource, accessionSystem)).to.deep.include({
      document: { id: 'DiagnosticReport/12', version: '3' },
      reading: undefined,
    })
  })

  it('is ignored if written by this service or another algorithm', () => {
    const identifier = [{ system: 'urn:lung-triage:result', value: 'key.report' }]
    expect(readerReport({ ...concluding(pneumonia.bronchopneumonia), identifier }, accessionSystem)).to.equal(undefined)
    const meta = { security: [{ system: 'x', code: 'AIAST' }] }
    expect(readerReport({ ...concluding(pneumonia.bronchopneumonia), meta }, accessionSystem)).to.equal(undefined)
  })

  it('identifies its study by UID and accession number, from every place that may hold them', () => {
    const acsn = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'ACSN' }] }
    const found = readerReport(
      report({
        identifier: [{ system: accessionSystem, value: 'A-1' }, { value: 'no-system' }],
        basedOn: [
          { identifier: { type: acsn, value: 'A-2' } },
          { identifier: { type: acsn, system: 'urn:elsewhere', value: 'A-3' } },
          { reference: 'ServiceRequest/5' },
        ],
        imagingStudy: [
          { identifier: { system: 'urn:dicom:uid', value: 'urn:oid:1.2.3' } },
          { reference: '#inside' },
          { reference: 'ImagingStudy/7' },
          { reference: 'https://elsewhere.example/ImagingStudy/8' },
        ],
        contained: [
          {
            resourceType: 'ImagingStudy',
            id: 'inside',
            identifier: [{ system: 'urn:dicom:uid', value: 'urn:oid:1.2.4' }],
          },
        ],
      }),
      accessionSystem,
    )
    expect(found).to.deep.include({
      studyInstanceUids: ['1.2.3', '1.2.4'],
      accessionNumbers: ['A-1', 'A-2'],
      references: ['ImagingStudy/7', 'ServiceRequest/5'],
    })
  })

  it('is read even if parts of it are invalid', () => {
    const odd = {
      ...concluding(pneumonia.bronchopneumonia),
      basedOn: 'x',
      identifier: [{ value: 5 }],
      imagingStudy: null,
    }
    expect(readingOf(odd)).to.equal('present')
    expect(readerReport(null, accessionSystem)).to.equal(undefined)
    expect(studyIdentity({ identifier: 7 }, accessionSystem).studyInstanceUids).to.deep.equal([])
  })
})
