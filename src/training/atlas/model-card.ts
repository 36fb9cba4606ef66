import type { TrainedAtlas } from './atlas-files.ts'
import type { AgreementSummary, UnseenMeasure } from './atlas-measures.ts'
import { atlasVersion } from './atlas-spec.ts'
import { type Share, kindAsItIs, rightBoxIou } from './gate.ts'
import { foldCount } from './parts.ts'

/** The model card of the atlas: description, intended use, training data, performance, limits. */
export function modelCard({ localiser, measures, gate, seed, counts }: TrainedAtlas): string {
  const children = localiser.prototypes.map((prototype) => prototype.children)
  return `# Lung atlas ${atlasVersion}

**Research software. Not for diagnostic use.**

The atlas has ${children.length} prototypes of children's chests. Each is the average of ${Math.min(...children)} to ${Math.max(...children)} registered children: a mean radiograph and, for
each sample, the share of the children with lung there. Every prototype averages at least 8 children, and the atlas contains no
image of a single child. \`contact-sheet.png\` shows all prototypes. The atlas also has the data term of the graph cut (a network of ${localiser.dataTerm.hidden}
hidden units) and the trust gate.

## Intended use

The atlas is for locating the lungs on frontal chest radiographs of children by the method of Candemir et al. (IEEE Trans Med Imaging
33(2), 2014): retrieval by profiles, SIFT flow, the registered prototypes' lungs as the prior, graph cut. A radiograph of any size is
reduced to a square frame of 224x224 and registered on a grid of ${localiser.registration.gridSide}. The located area includes the heart shadow, as do the masks
that the atlas was learned from. Right and left lung are distinguished.

## Training data

- Radiographs: Kermany & Goldbaum, "Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification", Mendeley Data,
  CC BY 4.0. Only the training split is used: ${counts.learningImages} images of ${counts.learningChildren} children. Each mask certainly belongs to its image (the original
  sizes agree).
- Masks: V7 Labs, COVID-19 X-ray data set, CC BY 4.0, drawn by people.
- No part of the atlas uses the children held out for validation (20 % of the patients, the same as for every other model here).
- Command: \`npx lung-triage train atlas --data ../shared/data --out DIR\`, seed ${seed}. The same data and seed give the same bytes on the
  same kind of processor with the same version of ONNX Runtime.

## Performance

The located lungs are compared with drawn masks. Box IoU is the intersection over union of the boxes without margin. The boundary column
is the average distance of the boundaries, as a percentage of the image diagonal.

${agreementTable(`${measures.heldOut.images} radiographs of ${measures.heldOut.children} held-out children`, measures.heldOut)}

${agreementTable(`${measures.unseen.images} radiographs of ${measures.unseen.children} children, each measured with an atlas learned without that child (${foldCount} folds and the held-out children)`, measures.unseen)}

The trust gate is a logistic regression on ${Object.keys(gate.terms).length} features of a localisation. It accepts a box as correct if it expects an IoU of at least
${rightBoxIou}. Below a quality of ${gate.leastQuality.toFixed(3)}, the whole image is used. Each case is tested with a gate that was fitted to other children:

| case | refused, held-out | cases | refused, all | cases |
|---|---|---|---|---|
${gateRows(measures.heldOut, measures.unseen)}

## Limits

- The atlas was learned from children of one hospital, aged 1 to 5 years, on frontal views with the heart on the left side. It does not
  cover adults, lateral views or other views.
- Human-drawn masks differ at the diaphragm and at the apex by several per cent of the image. They cause part of the error above.
- Tilts of up to 15 degrees were tested. Images that are rotated further, cut off or inverted are refused, not corrected.
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
    row('correct boxes (false alarms)', heldOut.gate.falseAlarms, unseen.gate.falseAlarms),
    row('wrong boxes on unchanged radiographs', heldOut.gate.wrongBoxesCaught, unseen.gate.wrongBoxesCaught),
    row('planted failures, all kinds', heldOut.gate.plantedCaught, unseen.gate.plantedCaught),
    ...Object.entries(unseen.gate.caughtByKind).map(([kind, all]) =>
      row(`wrong boxes: ${kind === kindAsItIs ? 'unchanged' : kind}`, heldOut.gate.caughtByKind[kind], all),
    ),
  ].join('\n')
}

function percent({ share, of }: Share): string {
  return of === 0 ? '' : `${(100 * share).toFixed(1)} %`
}
