import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseModelManifest } from '../../classify/manifest.ts'
import type { Evaluation } from '../evaluation/evaluate.ts'

/**
 * Writes an evaluation into its model's manifest. An evaluation on the test split is also appended to the ledger beside
 * the models, which shows how often the test split was used; it should be used once per released model.
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
