import type { TrainedAtlas } from './atlas-files.ts'
import type { AgreementSummary, UnseenMeasure } from './atlas-measures.ts'
import { atlasVersion } from './atlas-spec.ts'
import { type Share, rightBoxIou } from './gate.ts'
import { foldCount } from './parts.ts'

/** The model card of the atlas: description, use, training data, performance, limits. */
export function modelCard({ localiser, measures, gate, seed, counts }: TrainedAtlas): string {
  const children = localiser.prototypes.map((prototype) => prototype.children)
  return `# Lung atlas ${atlasVersion}

**Research software. Not for diagnostic use.**

${children.length} prototypes of the chest of children, each the average of ${Math.min(...children)} to ${Math.max(...children)} registered children: a mean radiograph and, for
each sample, the share of the children with lung there. No prototype is of fewer than 8 children, and no single child's image is in it.
\`contact-sheet.png\` shows all of them. With them come the data term of the graph cut (a network of ${localiser.dataTerm.hidden} hidden units) and the
trust gate.

## Use

Locating the lungs on frontal chest radiographs of children by the method of Candemir et al. (IEEE Trans Med Imaging 33(2), 2014):
retrieval by profiles, SIFT flow, the registered prototypes' lungs as prior, graph cut. Whatever the radiograph's size, it is seen
through a square frame of 224x224 and registered on a grid of ${localiser.registration.gridSide}. The found area includes the heart shadow, as the masks do that the
atlas was learned from. Right and left lung are told apart.

## Training data

- Radiographs: Kermany & Goldbaum, "Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification", Mendeley Data,
  CC BY 4.0; training split only, ${counts.learningImages} images of ${counts.learningChildren} children whose mask is certain to be theirs (original sizes agree).
- Masks: V7 Labs, COVID-19 X-ray data set, CC BY 4.0, drawn by people.
- Children held out for validation (20 % of the patients, the same as for every other model here) are in no part of it.
- \`npx lung-triage train atlas --data ../shared/data --out DIR\`, seed ${seed}; the same data and seed give the same bytes on the same kind
  of processor and version of ONNX Runtime.

## How good

Against drawn masks (intersection over union of the boxes without margin; average distance of the boundaries in percent of the image's
diagonal).

${agreementTable(`${measures.heldOut.images} radiographs of ${measures.heldOut.children} held-out children`, measures.heldOut)}

${agreementTable(`${measures.unseen.images} radiographs of ${measures.unseen.children} children, each by an atlas learned without it (${foldCount} folds and the held-out children)`, measures.unseen)}

The trust gate (logistic regression on ${Object.keys(gate.terms).length} measures of a localisation) calls a box right when its IoU is expected to be at least ${rightBoxIou}; below
quality ${gate.leastQuality.toFixed(3)} the whole image is used. Every case is put to a gate that was fitted to other children:

| case | refused, held-out | of | refused, all | of |
|---|---|---|---|---|
${gateRows(measures.heldOut, measures.unseen)}

## Limits

- Children of one hospital, 1 to 5 years old, front view, heart on the left side. Adults, laterals and other views are outside.
- Human-drawn masks differ at the diaphragm and at the apex by several per cent of the image; part of the error above is theirs.
- Tilts of up to 15 degrees were tested. Images turned further, cut off or inverted are refused rather than corrected.
`
}

function agreementTable(title: string, { whole, priorAlone, bestUnregistered }: UnseenMeasure): string {
  return `${title}:

| | Dice mean | median | 5th percentile | box IoU mean | median | 5th percentile | boundary mean |
|---|---|---|---|---|---|---|---|
${agreementRow('**whole algorithm**', whole)}
${agreementRow('registration alone', priorAlone)}
${agreementRow('most similar prototype, not registered', bestUnregistered)}`
}

function agreementRow(name: string, { dice, boxIou, boundaryPct }: AgreementSummary): string {
  const cells = [dice.mean, dice.median, dice.p5, boxIou.mean, boxIou.median, boxIou.p5].map((value) =>
    value.toFixed(3),
  )
  return `| ${name} | ${cells.join(' | ')} | ${boundaryPct.mean.toFixed(2)} % |`
}

function gateRows(heldOut: UnseenMeasure, unseen: UnseenMeasure): string {
  const row = (name: string, one: Share | undefined, all: Share): string =>
    `| ${name} | ${one === undefined ? '' : percent(one)} | ${one?.of ?? 0} | ${percent(all)} | ${all.of} |`
  return [
    row('right boxes (false alarms)', heldOut.gate.falseAlarms, unseen.gate.falseAlarms),
    row('wrong boxes of children as they are', heldOut.gate.wrongBoxesCaught, unseen.gate.wrongBoxesCaught),
    row('planted failures, all kinds', heldOut.gate.plantedCaught, unseen.gate.plantedCaught),
    ...Object.entries(unseen.gate.caughtByKind).map(([kind, all]) =>
      row(`wrong: ${kind}`, heldOut.gate.caughtByKind[kind], all),
    ),
  ].join('\n')
}

function percent({ share, of }: Share): string {
  return of === 0 ? '' : `${(100 * share).toFixed(1)} %`
}
