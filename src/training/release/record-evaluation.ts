import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseModelManifest } from '../../classify/manifest.ts'
import type { Evaluation } from '../evaluation/evaluate.ts'

/**
 * Writes an evaluation into its model's manifest. One of the test split also goes into the ledger beside the models: the test
 * split is looked at once per released model, and the ledger shows how often it was.
 * @param date of the evaluation, YYYY-MM-DD
 */
export async function recordEvaluation(
  modelDir: string,
  ledgerFile: string,
  evaluation: Evaluation,
  date: string,
): Promise<void> {
  const file = join(modelDir, 'manifest.json')
  const manifest = parseModelManifest(JSON.parse(await readFile(file, 'utf8')))
  const { split, model, digest, ...measured } = evaluation
  const metrics = { ...manifest.metrics, [split]: measured }
  await writeFile(file, `${JSON.stringify({ ...manifest, metrics }, undefined, 2)}\n`)
  if (split === 'test') await appendFile(ledgerFile, `${JSON.stringify({ date, model, digest, ...measured })}\n`)
}
