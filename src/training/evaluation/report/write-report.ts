import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Evaluation } from '../evaluate.ts'
import type { EvaluatedCase } from '../../statistics/measures.ts'
import { confusionFigure } from '../../figures/confusion.ts'
import { precisionRecallFigure, reliabilityFigure, rocFigure } from '../../figures/curves.ts'
import { type Figure, renderFigure } from '../../figures/render-figure.ts'
import { reportPage } from './report-page.ts'

const labels = ['normal', 'viral', 'bacterial'] as const

/**
 * Writes an evaluation report: `report.html` (one file with embedded figures), each figure as SVG, and `cases.csv` with
 * the probabilities of every image.
 */
export async function writeReport(
  outDir: string,
  evaluation: Evaluation,
  cases: readonly EvaluatedCase[],
): Promise<void> {
  await mkdir(outDir, { recursive: true })
  const drawn: Record<string, string> = {}
  for (const [name, figure] of Object.entries(figuresOf(evaluation, cases))) {
    drawn[name] = await renderFigure(figure)
    await writeFile(join(outDir, `${name}.svg`), drawn[name])
  }
  await writeFile(join(outDir, 'report.html'), reportPage(evaluation, cases, drawn))
  await writeFile(join(outDir, 'cases.csv'), casesCsv(cases))
}

function figuresOf({ binary, threeClass }: Evaluation, cases: readonly EvaluatedCase[]): Record<string, Figure> {
  const pneumonia = cases.map(({ label, probabilities }) => ({
    score: probabilities.pneumonia,
    positive: label !== 'normal',
  }))
  const byClass = labels.map((label) => ({
    name: `${label} (AUC ${threeClass.aucByClass[label].toFixed(3)})`,
    cases: cases.map((item) => ({ score: item.probabilities[label], positive: item.label === label })),
  }))
  const curve = [{ name: `pneumonia (AUC ${binary.auc.toFixed(3)})`, cases: pneumonia }]
  return {
    roc: rocFigure('Normal versus pneumonia', curve),
    'precision-recall': precisionRecallFigure('Normal versus pneumonia', curve),
    reliability: reliabilityFigure('Reliability', pneumonia),
    'roc-three-classes': rocFigure('Three classes, one versus rest', byClass),
    'confusion-three-classes': confusionFigure('Three classes', threeClass.confusion),
    ...Object.fromEntries(
      binary.points.map(({ name, threshold, confusion }) => [
        `confusion-${name.replaceAll(' ', '-')}`,
        confusionFigure(`Threshold ${threshold} (${name})`, confusion),
      ]),
    ),
  }
}

function casesCsv(cases: readonly EvaluatedCase[]): string {
  const rows = cases.map(({ patient, label, probabilities: { pneumonia, normal, bacterial, viral } }) =>
    [patient, label, ...[pneumonia, normal, bacterial, viral].map((value) => value.toFixed(6))].join(','),
  )
  return `patient,label,pneumonia,normal,bacterial,viral\n${rows.join('\n')}\n`
}
