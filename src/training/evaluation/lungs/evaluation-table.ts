import type { AgreementSummary } from '../../atlas/atlas-measures.ts'
import { rightBoxIou } from '../../atlas/gate.ts'
import type { EvaluatedImage, LungEvaluation } from './lung-evaluation.ts'

/** Formats a lung evaluation as Markdown tables. */
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

Mean (median; for Dice, Jaccard and box IoU also the 5th percentile). The boundary distance is a percentage of the image
diagonal, or of the square frame's diagonal if the aspect ratio is unknown.

${header('method')}
${rows.join('\n')}

${header('label, whole algorithm')}
${labels.join('\n')}

${failures} lung boxes have an IoU below ${rightBoxIou} with the box of the drawn lungs.
The trust gate refuses ${failuresRefused} of these, and ${refused} of all ${n} radiographs.
One localisation takes a median of ${ms.median.toFixed(0)} ms (95th percentile ${ms.p95.toFixed(0)} ms) on one thread.
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
  return `\n| not a frontal chest | file | refused | trust |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function pairsTable({ unlikelyPairs }: LungEvaluation): string {
  if (unlikelyPairs.length === 0) return ''
  const rows = unlikelyPairs.map(
    ({ file, dice, fits, fitsDice }) => `| ${file} | ${dice.toFixed(3)} | ${fits} | ${fitsDice.toFixed(3)} |`,
  )
  return `
Masks that may belong to another child (included in all results above):

| radiograph | Dice with its mask | better match for the mask | Dice of that match |
|---|---|---|---|
${rows.join('\n')}
`
}

/** One CSV line per radiograph. */
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
