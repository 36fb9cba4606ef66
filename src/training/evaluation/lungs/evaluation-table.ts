import type { AgreementSummary } from '../../atlas/atlas-measures.ts'
import { rightBoxIou } from '../../atlas/gate.ts'
import type { EvaluatedImage, LungEvaluation } from './lung-evaluation.ts'

/** The figures as Markdown tables. */
export function evaluationTable(evaluation: LungEvaluation): string {
  const { split, n, atlas, compared, byLabel, failures, failuresRefused, refused, ms } = evaluation
  const rows = [
    row('**whole algorithm**', evaluation),
    row('registration alone', compared.registrationAlone),
    row('most similar prototype, not registered', compared.bestPrototypeUnregistered),
    row('mean mask, not registered', compared.meanMaskUnregistered),
  ]
  const labels = Object.entries(byLabel).map(([label, summary]) => row(`${label} (${summary.n})`, summary))
  return `# Lungs: ${split}, ${n} radiographs, ${atlas}

Mean (median; 5th percentile of Dice, Jaccard and box IoU). The boundary distance is in percent of the image's diagonal, or of the square's
if the image's aspect ratio is not known.

${header('method')}
${rows.join('\n')}

${header('label, whole algorithm')}
${labels.join('\n')}

${failures} boxes overlap the drawn lungs' box by less than ${rightBoxIou}; the trust gate refuses ${failuresRefused} of them, and ${refused} of all ${n}. One localisation takes ${ms.median.toFixed(0)} ms
(95th percentile ${ms.p95.toFixed(0)} ms) on one thread, beside others.
${gateTable(evaluation)}${otherImagesTable(evaluation)}${pairsTable(evaluation)}`
}

function header(first: string): string {
  return `| ${first} | Dice | Jaccard | box IoU | boundary |\n|---|---|---|---|---|`
}

function row(name: string, { dice, jaccard, boxIou, boundaryPct }: AgreementSummary): string {
  const shares = [dice, jaccard, boxIou].map(
    ({ mean, median, p5 }) => `${mean.toFixed(3)} (${median.toFixed(3)}; ${p5.toFixed(3)})`,
  )
  return `| ${name} | ${shares.join(' | ')} | ${boundaryPct.mean.toFixed(2)} % (${boundaryPct.median.toFixed(2)} %) |`
}

function gateTable({ gate }: LungEvaluation): string {
  if (gate === undefined) return ''
  const shares = [
    ['right boxes (false alarms)', gate.falseAlarms],
    ['planted failures, all kinds', gate.plantedCaught],
    ...Object.entries(gate.caughtByKind).map(([kind, share]) => [`wrong: ${kind}`, share] as const),
  ] as const
  const rows = shares.map(([name, { share, of }]) => `| ${name} | ${(100 * share).toFixed(1)} % | ${of} |`)
  return `\n| trust gate | refused | of |\n|---|---|---|\n${rows.join('\n')}\n`
}

function otherImagesTable({ otherImages }: LungEvaluation): string {
  if (otherImages.length === 0) return ''
  const rows = otherImages.map(
    ({ file, shows, refused, quality }) => `| ${shows} | ${file} | ${refused ? 'yes' : 'no'} | ${quality.toFixed(3)} |`,
  )
  return `\n| no chest | file | refused | trust |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function pairsTable({ unlikelyPairs }: LungEvaluation): string {
  if (unlikelyPairs.length === 0) return ''
  const rows = unlikelyPairs.map(
    ({ file, dice, fits, fitsDice }) => `| ${file} | ${dice.toFixed(3)} | ${fits} | ${fitsDice.toFixed(3)} |`,
  )
  return `
Masks that look like another child's (they stay in every figure above):

| radiograph | Dice with its mask | the mask fits better | Dice there |
|---|---|---|---|
${rows.join('\n')}
`
}

/** One line a radiograph. */
export function imagesCsv(images: readonly EvaluatedImage[]): string {
  const lines = images.map(({ file, label, whole, quality, refused, ms }) =>
    [
      file,
      label,
      whole.dice.toFixed(4),
      whole.boxIou.toFixed(4),
      whole.boundaryPct.toFixed(3),
      quality?.toFixed(4) ?? '',
      refused ? 'refused' : 'found',
      ms.toFixed(1),
    ].join(','),
  )
  return `file,label,dice,box_iou,boundary_pct,quality,gate,ms\n${lines.join('\n')}\n`
}
