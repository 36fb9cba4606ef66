import { expect } from 'chai'
import { parseDicomFile } from '../src/dicom/dicom-file.ts'
import type { TriageError } from '../src/errors/triage-error.ts'
import type { Pipeline } from '../src/pipeline.ts'
import type { IdentityVerdict } from '../src/report/identity/identity-change.ts'
import type { DicomObject } from '../src/report/result-objects.ts'
import { type Bench, analysis, bench, failure, predecessorsOf, reportOf, run, sample } from './pipeline-bench.ts'
import type { DicomSample, SampleOptions } from './servers/dicom-samples.ts'

describe('whose a result is', () => {
  const image = sample()
  const now = (tags: NonNullable<SampleOptions['tags']> = {}) => sample({ ...image, tags })
  const pixelsOf = new Map<Uint8Array, string>()

  /** Runs the pipeline for each state of the archive in turn. Each file shows the same pixels unless noted. */
  async function triageEach(states: readonly (readonly DicomSample[])[], probabilities = [0.9]): Promise<Bench> {
    const whole = bench(states.flat(), probabilities)
    for (const samples of states) {
      const { archive } = bench(samples, probabilities).pipeline
      let turn = 0
      const analyse: Pipeline['analyser']['analyse'] = (bytes) =>
        Promise.resolve(analysis(probabilities[turn++ % probabilities.length]!, pixelsOf.get(bytes)))
      const outcome = await run({
        ...whole.pipeline,
        archive,
        analyser: { ...whole.pipeline.analyser, analyse },
      })
      expect(outcome.kind).to.equal('reported')
    }
    return whole
  }

  const patientNameOf = ({ bytes }: DicomObject) => {
    const name = parseDicomFile(bytes).dataset['00100010']?.Value?.[0] as { Alphabetic: string } | undefined
    return name?.Alphabetic
  }
  const patientOf = ({ bytes }: DicomObject) => parseDicomFile(bytes).dataset['00100020']?.Value?.[0]

  it('gives another child with the same UIDs results of its own, which name no predecessor', async () => {
    const { reportedResults } = await triageEach([[image], [now({ PatientID: 'OTHER', PatientName: 'Other^Child' })]])
    const [first, second] = reportedResults.map(reportOf)
    expect([patientOf(first!), patientOf(second!)]).to.deep.equal(['SAMPLE-1', 'OTHER'])
    expect(second!.sopInstanceUid).to.not.equal(first!.sopInstanceUid)
    expect(predecessorsOf(second!)).to.equal(undefined)
    expect(JSON.stringify(reportedResults[1]!.parts.fhir)).to.not.contain('SAMPLE-1')
  })

  it('replaces the results of a patient whose name was corrected, with the same numbers', async () => {
    const corrected = now({ PatientName: 'Samples^Child', PatientBirthDate: '20201115' })
    const states = [[image], [corrected]]
    const { reportedResults, kept } = await triageEach(states)
    const [first, second] = reportedResults.map(reportOf)
    expect(second!.sopInstanceUid).to.not.equal(first!.sopInstanceUid)
    expect(predecessorsOf(second!)).to.contain(first!.sopInstanceUid)
    const [before, after] = [...kept.values()].map(({ prediction }) => prediction)
    expect(after!.source['00100010']?.Value).to.deep.equal([{ Alphabetic: 'Samples^Child' }])
    if (before!.kind !== 'analysed' || after!.kind !== 'analysed') throw new Error('not analysed')
    expect(after!.images[0].probabilities).to.deep.equal(before!.images[0].probabilities)
  })

  it('keeps the numbers of a corrected patient if the network differs in the last digit', async () => {
    const { pipeline, kept } = bench([image], [0.5])
    await run(pipeline)
    const corrected = bench([now({ PatientName: 'Samples^Child' })], [0.4999])
    await run({
      ...pipeline,
      archive: corrected.pipeline.archive,
      analyser: corrected.pipeline.analyser,
    })
    const decisions = [...kept.values()].map(({ prediction }) => prediction.kind === 'analysed' && prediction.decision)
    expect(decisions).to.deep.equal(['present', 'present'])
  })

  describe('a change that is in doubt', () => {
    const unsure = { PatientBirthDate: undefined, PatientName: 'Wholly^Other' }
    const before = sample({ ...image, tags: { PatientBirthDate: undefined } })

    /** The pipeline after the change, with what a person has decided. */
    async function changed(verdict: IdentityVerdict | undefined) {
      const { pipeline, reportedResults, kept } = bench([before], [0.9])
      await run(pipeline)
      const asked: string[] = []
      const after = bench([now(unsure)], [0.9]).pipeline
      const keeper = {
        ...pipeline.keeper,
        identityVerdict: (resultKey: string) => {
          asked.push(resultKey)
          return verdict
        },
      }
      const outcome = await run({ ...pipeline, ...{ archive: after.archive, analyser: after.analyser, keeper } }).catch(
        (error: unknown) => error as TriageError,
      )
      expect(asked).to.deep.equal([reportedResults[0]!.resultKey])
      return { outcome, before: reportOf(reportedResults[0]!).sopInstanceUid, kept: [...kept.values()] }
    }

    it('ends in an error, and nothing is kept', async () => {
      const { outcome, kept } = await changed(undefined)
      expect(outcome).to.include({ code: 'INTAKE_IDENTITY_IN_DOUBT', failureClass: 'permanent' })
      expect(kept).to.have.length(1)
    })

    for (const [verdict, supersedes] of [
      ['correction', true],
      ['another-person', false],
    ] as const)
      it(`gives a new result, which ${supersedes ? 'replaces' : 'does not name'} the former one, once decided: ${verdict}`, async () => {
        const { kept, before: former } = await changed(verdict)
        const report = reportOf(kept[1]!.results)
        expect(patientNameOf(report)).to.equal('Wholly^Other')
        expect(predecessorsOf(report)?.includes(former) ?? false).to.equal(supersedes)
      })
  })

  it('uses no UID again for a correction that is taken back', async () => {
    const { reportedResults } = await triageEach([[image], [now({ PatientName: 'Samples^Child' })], [image], [image]])
    const uids = reportedResults.map((results) => reportOf(results).sopInstanceUid)
    expect(new Set(uids).size).to.equal(3)
    expect(uids[3], 'nothing changed since').to.equal(uids[2])
    expect(predecessorsOf(reportOf(reportedResults[2]!))).to.contain(uids[1])
  })

  it('analyses other pixels under the same UIDs anew', async () => {
    const retake = now()
    pixelsOf.set(retake.bytes, 'other pixels')
    const { reportedResults } = await triageEach([[image], [retake]])
    const [first, second] = reportedResults.map(reportOf)
    expect(second!.sopInstanceUid).to.not.equal(first!.sopInstanceUid)
    expect(predecessorsOf(second!)).to.contain(first!.sopInstanceUid)
  })

  for (const tags of [{ PatientID: 'OTHER' }, { IssuerOfPatientID: 'SOUTH' }])
    it(`reports nothing on a study whose images have a different ${Object.keys(tags)[0]!}`, async () => {
      const north = { IssuerOfPatientID: 'NORTH' }
      const { pipeline, reportedResults } = bench(
        [sample({ tags: north }), sample({ tags: { ...north, ...tags } })],
        [0.9],
      )
      const error = await failure(run(pipeline))
      expect([error.code, error.failureClass]).to.deep.equal(['INTAKE_PATIENTS_DIFFER', 'permanent'])
      expect(reportedResults).to.have.length(0)
    })

  it('asks for the image that the archive listed, with its patient', async () => {
    const { pipeline } = bench([image], [0.9])
    const asked: unknown[] = []
    const analyse: Pipeline['analyser']['analyse'] = (_bytes, image_) => {
      asked.push(image_)
      return Promise.resolve(analysis(0.9))
    }
    const fetchImage: Pipeline['archive']['fetchImage'] = (ref) => {
      asked.push(ref)
      return Promise.resolve(image.bytes)
    }
    const archive = { ...pipeline.archive, fetchImage }
    await run({ ...pipeline, archive, analyser: { ...pipeline.analyser, analyse } })
    const { studyInstanceUid, seriesInstanceUid, sopInstanceUid } = image
    expect(asked).to.deep.equal([
      { studyInstanceUid, seriesInstanceUid, sopInstanceUid, patientId: 'SAMPLE-1' },
      {
        uids: {
          StudyInstanceUID: studyInstanceUid,
          SeriesInstanceUID: seriesInstanceUid,
          SOPInstanceUID: sopInstanceUid,
        },
        patient: { id: 'SAMPLE-1' },
      },
    ])
  })
})
