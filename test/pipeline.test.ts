import { expect } from 'chai'
import type { ImageAnalysis } from '../src/classify/image-analysis.ts'
import { TriageError } from '../src/errors/triage-error.ts'
import { modelRetracted } from '../src/service/retraction/errors.ts'
import { unreachable } from '../src/clients/http/errors.ts'
import { transferSyntaxUnsupported, wrongLength } from '../src/pixels/errors.ts'
import { parseDicomFile } from '../src/dicom/dicom-file.ts'
import type { Pipeline } from '../src/pipeline.ts'
import { analysis, bench, failure, predecessorsOf, reportOf, run, sample } from './pipeline-bench.ts'
import type { DicomSample } from './servers/dicom-samples.ts'

describe('triageStudy', () => {
  it('reports every frontal image, the most suspicious first, and records disagreement', async () => {
    const samples = [sample(), sample(), sample({ tags: { ViewPosition: 'LL' } })]
    const { pipeline, reportedResults } = bench(samples, [0.1, 0.9])
    const outcome = await run(pipeline)
    if (outcome.kind !== 'reported' || outcome.prediction.kind !== 'analysed') throw new Error('not analysed')
    expect(outcome.prediction.images.map((image) => image.probabilities.pneumonia)).to.deep.equal([0.9, 0.1])
    expect(outcome.prediction).to.include({ decision: 'present', imagesDisagree: true })
    expect(reportedResults[0]?.parts.pictures).to.have.length(2)
  })

  it('is undetermined for an image without located lungs, and lets another image decide', async () => {
    const located = analysis(0.8)
    const warning = 'The lungs were not located.'
    const unlocated: ImageAnalysis = { ...analysis(0.99), lungs: { ...located.lungs, kind: 'whole-frame', warning } }
    const { pipeline } = bench([sample(), sample()], [0.8])
    const answers = [unlocated, located]
    const analyse = () => Promise.resolve(answers.shift()!)
    const outcome = await run({ ...pipeline, analyser: { ...pipeline.analyser, analyse } })
    if (outcome.kind !== 'reported' || outcome.prediction.kind !== 'analysed') throw new Error('not analysed')
    expect(outcome.prediction.images.map((image) => image.decision)).to.deep.equal(['present', 'undetermined'])
    expect(outcome.prediction.images[1]?.flags.map((flag) => flag.message)).to.deep.equal([warning])
  })

  it('skips a study without a chest radiograph with a reason and writes nothing', async () => {
    const { pipeline, reportedResults } = bench([sample({ tags: { Modality: 'CT' } })], [0.9])
    const outcome = await run(pipeline)
    expect(outcome.kind === 'skipped' && outcome.reasons.map(({ code }) => code)).to.deep.equal(['NOT_RADIOGRAPHY'])
    expect(reportedResults).to.have.length(0)
  })

  it('reports a refused candidate without a probability', async () => {
    const { pipeline, reportedResults, analysed } = bench([sample({ tags: { PatientBirthDate: '19600101' } })], [0.9])
    const strict: Pipeline = { ...pipeline, rules: { ...pipeline.rules, outsideAge: 'skip' } }
    const outcome = await run(strict)
    expect(outcome.kind === 'reported' && outcome.prediction.kind).to.equal('not-analysed')
    expect(analysed).to.have.length(0)
    expect(JSON.stringify(reportedResults[0]?.parts.fhir)).to.not.include('122157')
  })

  it('reports an image with a permanent failure as not analysed', async () => {
    const damaged = new TriageError(wrongLength, 'permanent', 'Pixel Data is cut short.')
    const { pipeline } = bench([sample(), sample()], [damaged, 0.2])
    const outcome = await run(pipeline)
    if (outcome.kind !== 'reported' || outcome.prediction.kind !== 'analysed') throw new Error('not analysed')
    expect(outcome.prediction.images).to.have.length(1)
    expect(outcome.prediction.notAnalysed).to.have.length(1)
    expect(outcome.prediction.notAnalysed[0]).to.include({ outcome: 'failed', code: 'PIXELS_WRONG_LENGTH' })
  })

  describe('an image in an unsupported transfer syntax', () => {
    const unread = new TriageError(transferSyntaxUnsupported, 'permanent', 'JPEG XL cannot be decoded here.')

    async function triage(uncompressed: Uint8Array<ArrayBuffer> | undefined) {
      const image = sample()
      const { pipeline } = bench([image], [])
      const outcome = await run({
        ...pipeline,
        archive: { ...pipeline.archive, fetchUncompressed: () => Promise.resolve(uncompressed) },
        analyser: {
          ...pipeline.analyser,
          analyse: (bytes) => (bytes === image.bytes ? Promise.reject(unread) : Promise.resolve(analysis(0.9))),
        },
      })
      if (outcome.kind !== 'reported') throw new Error('not reported')
      return outcome.prediction
    }

    it('is fetched uncompressed and analysed', async () => {
      expect(await triage(sample().bytes)).to.include({ kind: 'analysed', decision: 'present' })
    })

    it('is reported as not analysed if the archive cannot uncompress it', async () => {
      const prediction = await triage(undefined)
      expect(prediction.kind).to.equal('not-analysed')
      expect(prediction.notAnalysed[0]).to.include({ outcome: 'failed', code: unread.code, reason: unread.message })
    })
  })

  it('stops at a transient failure and writes nothing', async () => {
    const down = new TriageError(unreachable, 'transient', 'The archive is down.')
    const { pipeline, reportedResults, kept } = bench([sample()], [down])
    expect((await failure(run(pipeline))).code).to.equal('HTTP_UNREACHABLE')
    expect([reportedResults.length, kept.size]).to.deep.equal([0, 0])
  })

  it('reports the same bytes if it is repeated', async () => {
    const { pipeline, reportedResults } = bench([sample()], [0.9])
    for (let attempt = 0; attempt < 2; attempt++) await run(pipeline)
    expect(reportOf(reportedResults[1]!).bytes).to.deep.equal(reportOf(reportedResults[0]!).bytes)
  })

  it('makes new objects that supersede the old ones only if the study grew', async () => {
    const [first, second] = [sample(), sample()]
    const { pipeline, reportedResults, kept } = bench([first, second], [0.9])
    const withImages = (...images: readonly DicomSample[]): Pipeline => ({
      ...pipeline,
      archive: {
        ...pipeline.archive,
        listImages: () => Promise.resolve(images.map(({ bytes }) => parseDicomFile(bytes).dataset)),
      },
    })
    await run(withImages(first))
    await run(withImages(first))
    await run(withImages(first, second))
    const [before, again, grown] = reportedResults.map((results) => reportOf(results).sopInstanceUid)
    expect(again).to.equal(before)
    expect(grown).to.not.equal(before)
    expect([...kept.values()].map(({ prediction }) => prediction.supersedes)).to.deep.equal([
      undefined,
      reportedResults[0]!.resultKey,
    ])
    const header = parseDicomFile(reportOf(reportedResults[2]!).bytes).dataset
    expect(JSON.stringify(header['0040A360'])).to.contain(before)
  })

  it('analyses a study again with a different model and supersedes the earlier result, also on the way back', async () => {
    const { pipeline, reportedResults } = bench([sample()], [0.9])
    const { analyser } = pipeline
    const newer = { ...analyser, model: { ...analyser.model, version: '0.0.2', digest: 'b'.repeat(64) } }
    for (const one of [analyser, newer, newer, analyser]) await run({ ...pipeline, analyser: one })
    const [old, current, again, oldAgain] = reportedResults.map(reportOf)
    expect(again).to.deep.equal(current)
    expect(oldAgain!.sopInstanceUid, 'no UID is used twice').to.not.equal(old!.sopInstanceUid)
    expect(predecessorsOf(old!)).to.equal(undefined)
    expect(predecessorsOf(current!)).to.contain(old!.sopInstanceUid)
    expect(predecessorsOf(oldAgain!)).to.contain(current!.sopInstanceUid)
  })

  describe('a retracted model', () => {
    const gone = new TriageError(modelRetracted, 'permanent', 'The model was retracted.')

    it('fetches nothing and reports no stored result of the model', async () => {
      const { pipeline, reportedResults, analysed } = bench([sample()], [0.9])
      await run(pipeline)
      const retracted: Pipeline = {
        ...pipeline,
        requireStandingModel: () => {
          throw gone
        },
      }
      expect(await failure(run(retracted))).to.equal(gone)
      expect([analysed.length, reportedResults.length]).to.deep.equal([1, 1])
    })

    it('stores and reports nothing if the model was retracted during the analysis', async () => {
      const { pipeline, reportedResults, kept, analysed } = bench([sample()], [0.9])
      const retractedMeanwhile: Pipeline = {
        ...pipeline,
        requireStandingModel: () => {
          if (analysed.length > 0) throw gone
        },
      }
      expect(await failure(run(retractedMeanwhile))).to.equal(gone)
      expect([analysed.length, reportedResults.length, kept.size]).to.deep.equal([1, 0, 0])
    })
  })

  it('lists a lateral view beside an analysed image, and skips a study of a lateral view alone', async () => {
    const lateral = sample({ tags: { ViewPosition: 'LL' } })
    const both = await run(bench([sample(), lateral], [0.2]).pipeline)
    if (both.kind !== 'reported') throw new Error('not reported')
    expect(both.prediction.notAnalysed.map(({ code, reason }) => [code, reason])).to.deep.equal([
      ['NOT_FRONTAL', 'View Position is LL.'],
    ])
    const alone = await run(bench([lateral], [0.2]).pipeline)
    expect(alone.kind === 'skipped' && alone.reasons.map(({ code }) => code)).to.deep.equal(['NOT_FRONTAL'])
  })
})
