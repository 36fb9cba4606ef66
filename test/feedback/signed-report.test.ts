import { expect } from 'chai'
import { signedReport } from '../../src/feedback/signed-report.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { type Code, codes } from '../../src/report/codes.ts'
import { type ContentItem, codeItem, codeSequence, container } from '../../src/report/sr/content-item.ts'
import { findingGroup, prose, radiologistsReport } from '../servers/signed-reports.ts'

const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning })
const history: Code = { value: '121060', scheme: 'DCM', meaning: 'History' }

/** The reading of a file with that content, read as from the archive. */
function readingOf(...content: [ContentItem, ...ContentItem[]]): string {
  const { bytes } = radiologistsReport({ studyInstanceUid: '1.2.3', content })
  const report = signedReport(parseDicomFile(bytes).dataset)
  if (report === undefined) throw new Error('it is signed')
  return report.reading ?? 'nothing'
}

describe('a signed Structured Report', () => {
  it('reads a finding and the presence beside it', () => {
    expect(readingOf(findingGroup(codes.pneumonia, 'present'))).to.equal('present')
    expect(readingOf(findingGroup(codes.pneumonia, 'absent'))).to.equal('absent')
    expect(readingOf(findingGroup(codes.bacterialPneumonia))).to.equal('present')
  })

  it('reads a presence below its finding, and pneumonia as a question', () => {
    const finding = codeItem('CONTAINS', codes.finding, codes.pneumonia)
    const presence = codeItem('HAS CONCEPT MOD', codes.presence, sct('2667000', 'Absent'))
    expect(readingOf({ ...finding, ContentSequence: [presence] })).to.equal('absent')
    expect(readingOf(codeItem('CONTAINS', codes.pneumonia, codes.absent))).to.equal('absent')
    expect(readingOf(codeItem('CONTAINS', codes.pneumonia, codes.present))).to.equal('present')
  })

  it('reads present if only one lung has it', () => {
    const groups = [findingGroup(codes.pneumonia, 'absent'), findingGroup(codes.pneumonia, 'present')]
    expect(readingOf(container('CONTAINS', codes.imagingMeasurements, groups))).to.equal('present')
  })

  it('has no reading for prose, other findings, the reason for study or an undetermined presence', () => {
    const undetermined = container('CONTAINS', codes.measurementGroup, [
      codeItem('CONTAINS', codes.finding, codes.pneumonia),
      codeItem('CONTAINS', codes.presence, codes.undetermined),
    ])
    const two = container('CONTAINS', codes.measurementGroup, [
      codeItem('CONTAINS', codes.finding, codes.pneumonia),
      codeItem('CONTAINS', codes.finding, sct('60046008', 'Pleural effusion')),
      codeItem('CONTAINS', codes.presence, codes.absent),
    ])
    const asked = codeItem('CONTAINS', history, codes.pneumonia)
    const contents = [prose('Pneumonia.'), findingGroup(codes.lung, 'present'), asked, undetermined, two]
    expect(contents.map((content) => readingOf(content))).to.deep.equal(contents.map(() => 'nothing'))
  })

  it('is ignored unless verified', () => {
    const content = [findingGroup(codes.pneumonia, 'present')] as const
    const { bytes } = radiologistsReport({ studyInstanceUid: '1.2.3', content, verification: 'UNVERIFIED' })
    expect(signedReport(parseDicomFile(bytes).dataset)).to.equal(undefined)
  })

  it('ignores a code with the same value in a different scheme', () => {
    const local = { ...findingGroup(codes.finding), ContentSequence: [localPneumonia()] }
    expect(readingOf(local)).to.equal('nothing')
  })
})

/** A hospital's own code with the same value as pneumonia in SNOMED CT. */
function localPneumonia(): ContentItem {
  const [code] = codeSequence(codes.pneumonia)
  const item = codeItem('CONTAINS', codes.finding, codes.pneumonia)
  return { ...item, ConceptCodeSequence: [{ ...code, CodingSchemeDesignator: '99HOSPITAL', CodeMeaning: 'Something' }] }
}
