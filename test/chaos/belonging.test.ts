import { expect } from 'chai'
import type { DiagnosticReport, ImagingStudy, Patient } from '@medplum/fhirtypes'
import { misplacedObjects, misplacedResources } from '../servers/belonging.ts'
import { startFhirServer } from '../servers/fhir-server.ts'
import { withAnswers } from '../servers/http-answers.ts'
import { misplacedMessages } from './found-results.ts'

const sent = [1, 2].map((number) => ({
  ...{ studyInstanceUid: `1.${number}`, patientId: `P-${number}`, patientName: `Child^${number}` },
  ...{ seriesInstanceUids: [`1.${number}.1`], sopInstanceUids: [`1.${number}.1.1`] },
}))
const deleted = { ...sent[1]!, isDeleted: true }
const study = (uid: string) => ({ '0020000D': { vr: 'UI', Value: [uid] } })
const objectOf = (number: number, more: object = {}) => ({
  ...study(`1.${number}`),
  '00100020': { vr: 'LO', Value: [`P-${number}`] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: `Child^${number}` }] },
  '0020000E': { vr: 'UI', Value: [`1.${number}.1`] },
  ...more,
})

/** An archive with one object in the first study. */
async function problemsWith(object: object, studies = sent): Promise<readonly string[]> {
  const answers = new Map<string, unknown>([
    ['/studies', [study('1.1'), study('1.2')]],
    ['/studies/1.1/metadata', [object]],
    ['/studies/1.2/metadata', [objectOf(2)]],
  ])
  let problems: readonly string[] = []
  await withAnswers(
    ({ url }, response) => response.end(JSON.stringify(answers.get(url ?? ''))),
    async (archive) => {
      problems = await misplacedObjects(archive, studies)
    },
  )
  return problems
}

describe('results on another patient', () => {
  it('are objects of the archive that name another patient, or refer to another study', async () => {
    expect(await problemsWith(objectOf(1))).to.deep.equal([])
    const reference = (tag: string, uid: string) => ({ '0040A375': { vr: 'SQ', Value: [{ [tag]: { Value: [uid] } }] } })
    for (const wrong of [
      { '00100020': { Value: ['P-2'] } },
      { '00100010': { Value: [{ Alphabetic: 'Child^2' }] } },
      reference('0020000D', '1.2'),
      reference('0020000E', '1.2.1'),
      reference('00081155', '1.2.1.1'),
    ])
      expect(await problemsWith(objectOf(1, wrong)), JSON.stringify(wrong)).to.have.length(1)
  })

  it('are studies of the archive that were deleted or never sent', async () => {
    expect(await problemsWith(objectOf(1), [sent[0]!, deleted])).to.have.length(1)
    expect(await problemsWith(objectOf(1), [sent[0]!])).to.have.length(1)
  })

  it('are resources of the record on another patient, or about no study that was sent', async () => {
    const fhir = await startFhirServer()
    const { repo } = fhir
    try {
      const [own, other] = await Promise.all(
        sent.map(({ patientId, patientName }) => {
          const [family = '', given = ''] = patientName.split('^')
          const identifier = [{ value: patientId }]
          return repo.createResource<Patient>({
            resourceType: 'Patient',
            identifier,
            name: [{ family, given: [given] }],
          })
        }),
      )
      const imagingStudy = await repo.createResource<ImagingStudy>({
        ...{ resourceType: 'ImagingStudy', status: 'available', subject: { reference: `Patient/${own!.id}` } },
        identifier: [{ system: 'urn:dicom:uid', value: 'urn:oid:1.1' }],
      })
      const report = (patient: Patient | undefined, about: string) =>
        repo.createResource<DiagnosticReport>({
          ...{ resourceType: 'DiagnosticReport', status: 'preliminary', code: { text: 'finding' } },
          ...{ subject: { reference: `Patient/${patient?.id}` }, imagingStudy: [{ reference: about }] },
        })
      await report(own, `ImagingStudy/${imagingStudy.id}`)
      expect(await misplacedResources(repo, sent)).to.deep.equal([])
      const { id } = await report(other, `ImagingStudy/${imagingStudy.id}`)
      expect(await misplacedResources(repo, sent)).to.deep.equal([`DiagnosticReport/${id} is not on patient P-1.`])
      await report(own, 'ImagingStudy/unknown')
      expect(await misplacedResources(repo, sent)).to.have.length(2)
    } finally {
      await fhir.stop()
    }
  })

  it('are HL7 messages on another patient, or about no study that was sent', () => {
    const message = (about: string, id: string, name: string) => ({
      get: (path: string) =>
        ({ 'MSH.10': 'C-1', 'PID.3.1': id, 'PID.5.1': name.split('^')[0]!, 'PID.5.2': name.split('^')[1]! })[path] ??
        '',
      toString: () => `OBX|${about}`,
    })
    const problems = (...given: Parameters<typeof message>) =>
      misplacedMessages({ hl7Messages: () => [message(...given)] }, sent)
    expect(problems('1.1', 'P-1', 'Child^1')).to.deep.equal([])
    expect(problems('1.1', 'P-2', 'Child^1')).to.have.length(1)
    expect(problems('1.1', 'P-1', 'Child^2')).to.have.length(1)
    expect(problems('7.7', 'P-1', 'Child^1')).to.have.length(1)
  })
})
