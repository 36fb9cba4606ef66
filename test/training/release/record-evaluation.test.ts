import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parseModelManifest } from '../../../src/classify/manifest.ts'
import { modelIdentity } from '../../../src/classify/model-digest.ts'
import type { Evaluation } from '../../../src/training/evaluation/evaluate.ts'
import { measure } from '../../../src/training/statistics/measures.ts'
import { recordEvaluation } from '../../../src/training/release/record-evaluation.ts'
import { exampleManifest } from '../../classify/example-manifest.ts'

describe('recordEvaluation', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-record-'))
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(exampleManifest()))
  })
  afterEach(() => rm(dir, { recursive: true }))

  const thresholds = { present: 0.7, absent: 0.3 }

  function evaluation(split: string): Evaluation {
    const cases = (['normal', 'viral', 'bacterial'] as const).map((label, index) => ({
      patient: label,
      label,
      probabilities: { pneumonia: index / 2, normal: 1 - index / 2, bacterial: index / 4, viral: index / 4 },
    }))
    return { split, ...measure(cases, thresholds), model: 'example 1.2.3', digest: 'd', lungsNotFound: 0 }
  }

  it("keeps every split in the manifest, without changing the model's identity", async () => {
    for (const split of ['validation', 'test']) {
      await recordEvaluation(dir, join(dir, 'ledger.jsonl'), evaluation(split), '2026-01-02')
    }
    const manifest = parseModelManifest(JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8')))
    expect(manifest.metrics).to.have.all.keys('validation', 'test')
    expect(modelIdentity(manifest, thresholds, '1')).to.deep.equal(modelIdentity(exampleManifest(), thresholds, '1'))
  })

  it('adds a line to the ledger for each evaluation on the test split and on no other split', async () => {
    const ledger = join(dir, 'ledger.jsonl')
    for (const split of ['validation', 'test', 'test']) {
      await recordEvaluation(dir, ledger, evaluation(split), '2026-01-02')
    }
    const lines = (await readFile(ledger, 'utf8')).trim().split('\n')
    expect(lines).to.have.length(2)
    expect(JSON.parse(lines[0]!)).to.include({ date: '2026-01-02', model: 'example 1.2.3', n: 3 })
  })
})
