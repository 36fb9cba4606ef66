import { expect } from 'chai'
import type { StudyStatus } from '../../src/demo/follow-studies.ts'
import type { DemoStudy } from '../../src/demo/sources.ts'
import { rowText, studyRow } from '../../src/demo/study-row.ts'
import type { WrittenResults } from '../../src/demo/written-results.ts'

const study: DemoStudy = {
  name: 'child.png',
  studyInstanceUid: '2.25.1',
  files: [{ name: 'child.png', sopInstanceUid: '2.25.3', bytes: new Uint8Array() }],
  madeForAnalysis: true,
}
const done: StudyStatus = {
  studyInstanceUid: '2.25.1',
  state: 'done',
  deliveries: [],
  updatedAt: '2026-03-01T10:15:00Z',
  finding: {
    kind: 'analysed',
    decision: 'present',
    probabilities: { pneumonia: 0.876 },
    pictureCount: 1,
    ms: { fetch: 10.4, network: 50.2 },
    notAnalysed: [],
  },
}
const skipped: StudyStatus = {
  studyInstanceUid: '2.25.1',
  state: 'skipped',
  deliveries: [],
  updatedAt: '2026-03-01T10:15:00Z',
  problem: { code: 'modality', reason: 'Modality is CT.' },
}
const all: WrittenResults = {
  structuredReports: ['/sr'],
  pictures: ['/sc'],
  others: [],
  diagnosticReports: ['DiagnosticReport/1'],
}

describe("a row of the demo's table", () => {
  it('has no problem when each result was found once', () => {
    const row = studyRow(study, done, all)
    expect(row).to.include({ status: 'analysed', decision: 'present', pneumonia: 0.876, totalMs: 61, problem: null })
    expect(rowText(row, '1/12')).to.match(
      /^ 1\/12  child\.png +present +87\.6 % +Orthanc: SR, picture; \/fhir\/DiagnosticReport\/1 +61$/,
    )
  })

  it('has a problem for each missing, duplicate or unknown result', () => {
    const problem = (written: Partial<WrittenResults>) => studyRow(study, done, { ...all, ...written }).problem
    expect(problem({ structuredReports: [] })).to.equal('0 of 1 Structured Report')
    expect(problem({ pictures: ['/sc', '/sc2'] })).to.equal('2 of 1 picture')
    expect(problem({ diagnosticReports: [] })).to.equal('0 of 1 DiagnosticReport')
    expect(problem({ others: ['/what'] })).to.equal('1 of 0 other objects')
  })

  it('expects one picture per image of a study made for analysis, whatever the service reports', () => {
    const none = { ...done, finding: { ...done.finding!, pictureCount: 0 } }
    expect(studyRow(study, none, { ...all, pictures: [] }).problem).to.equal('0 of 1 picture')
  })

  it('accepts a skipped study with its reason, but not one made for analysis', () => {
    expect(studyRow({ ...study, madeForAnalysis: false }, skipped)).to.include({ status: 'skipped', problem: null })
    expect(rowText(studyRow({ ...study, madeForAnalysis: false }, skipped), '2/12')).to.contain(
      'nothing (Modality is CT.)',
    )
    expect(studyRow(study, skipped).problem).to.equal('was not analysed')
  })

  it('shows the reason of a dead letter as its problem', () => {
    const dead: StudyStatus = { ...skipped, state: 'dead', problem: { code: 'X', reason: 'The file is damaged.' } }
    expect(studyRow({ ...study, madeForAnalysis: false }, dead)).to.include({
      status: 'failed',
      problem: 'The file is damaged.',
    })
  })
})
