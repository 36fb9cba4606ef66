import { expect } from 'chai'
import { analysisTimedOut, analysisWorkerDied } from '../../src/analyse/errors.ts'
import { outputInvalid } from '../../src/classify/errors.ts'
import type { ImageAnalysis } from '../../src/classify/image-analysis.ts'
import { unauthorized } from '../../src/clients/http/errors.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { patientIdentityInvalid } from '../../src/dicom/identity-errors.ts'
import { errorDefinitions } from '../../src/errors/error-list.ts'
import { TriageError, asTriageError } from '../../src/errors/triage-error.ts'
import { type KeptResults, type Pipeline, triageStudy } from '../../src/pipeline.ts'
import { transferSyntaxUnsupported } from '../../src/pixels/errors.ts'
import { imagePrediction } from '../report/fixtures.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'

const study = { studyInstanceUid: '1.2.3' }
const image = childChestRadiograph(study)
const { displayDigest, lungs, probabilities, decision, activation } = imagePrediction()
const reduced = { width: 1, height: 1, samples: new Uint8Array(1) }
const preview = { width: 1, height: 1, reduced }
const analysis: ImageAnalysis = { displayDigest, preview, lungs, probabilities, decision, activation, ms: {} }

/** The pipeline with an analyser that first fails in these ways, one after another. Archive and results are in memory. */
function failingWith(...failures: readonly Error[]) {
  const kept = new Map<string, KeptResults>()
  const left = [...failures]
  const pipeline: Pipeline = {
    archive: {
      listImages: () => Promise.resolve([parseDicomFile(image.bytes).dataset]),
      fetchImage: () => Promise.resolve(image.bytes),
      fetchUncompressed: () => Promise.resolve(undefined),
      readHeader: () => Promise.resolve(undefined),
    },
    rules: { minAgeYears: 1, maxAgeYears: 5, outsideAge: 'flag', undetermined: 'analyse' },
    analyser: {
      model: { name: 'pneumonia', version: '0.0.1', digest: 'a'.repeat(64) },
      thresholds: { present: 0.5, absent: 0.5 },
      analyse: () => {
        const failure = left.shift()
        return failure === undefined ? Promise.resolve(analysis) : Promise.reject(failure)
      },
    },
    report: (prediction) => Promise.resolve({ ...study, resultKey: prediction.kind, parts: {}, pagePictures: [] }),
    keeper: {
      keptResults: (key) => kept.get(key),
      keepResults: (results) => kept.size < kept.set(results.results.resultKey, results).size,
      latestResultKey: () => undefined,
      latestRevision: () => undefined,
      identityVerdict: () => undefined,
    },
    clock: { now: () => new Date(0), steadyMs: () => 0 },
  }
  return { pipeline, kept }
}

const outcomeOf = (pipeline: Pipeline) => triageStudy(study, pipeline).catch(asTriageError)

describe('a failure while an image is analysed', () => {
  for (const [name, failure] of [
    ['an engine that throws once', new Error('Non-zero status code: device lost')],
    ['a server fault', new TriageError(outputInvalid, 'server', 'The output is wrong.')],
    ['an image that took too long', new TriageError(analysisTimedOut, 'transient', 'It took too long.')],
    ['a thread that ended', new TriageError(analysisWorkerDied, 'transient', 'It ended.')],
    ['a permanent failure outside the file', new TriageError(unauthorized, 'permanent', 'Our user is refused.')],
    ['an unclear patient', new TriageError(patientIdentityInvalid, 'permanent', 'Patient ID has several values.')],
  ] as const) {
    it(`keeps nothing, and the next attempt analyses the image: ${name}`, async () => {
      const { pipeline, kept } = failingWith(failure)
      const thrown = await outcomeOf(pipeline)
      expect(thrown).to.have.property('code', failure instanceof TriageError ? failure.code : 'UNEXPECTED')
      expect(kept.size).to.equal(0)
      expect(await outcomeOf(pipeline)).to.have.nested.property('prediction.kind', 'analysed')
      expect([...kept.keys()]).to.deep.equal(['analysed'])
    })
  }

  it('is a finding if the file has a permanent fault, and otherwise ends the attempt', async () => {
    const findings: string[] = []
    for (const definition of errorDefinitions.values()) {
      const failureClass = definition.failureClass === 'of-causes' ? 'permanent' : definition.failureClass
      const failure = new TriageError(definition, failureClass, 'A reason.')
      const outcome = await outcomeOf(failingWith(failure).pipeline)
      if (outcome instanceof TriageError) expect(outcome).to.equal(failure)
      else findings.push(definition.code)
    }
    const ofFiles = [...errorDefinitions.keys()].filter((code) => code.startsWith('PIXELS_'))
    expect(ofFiles).to.have.length.above(5)
    expect(findings).to.have.members(ofFiles)
  })

  it('ends the attempt if the archive refuses the uncompressed image', async () => {
    const unread = new TriageError(transferSyntaxUnsupported, 'permanent', 'JPEG XL cannot be decoded here.')
    const refused = new TriageError(unauthorized, 'permanent', 'Our user is refused.')
    const { pipeline, kept } = failingWith(unread)
    const archive = { ...pipeline.archive, fetchUncompressed: () => Promise.reject(refused) }
    expect(await outcomeOf({ ...pipeline, archive })).to.equal(refused)
    expect(kept.size).to.equal(0)
  })
})
