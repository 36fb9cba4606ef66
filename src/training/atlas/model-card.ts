import type { TrainedAtlas } from './atlas-files.ts'
import type { Overlap } from './judge.ts'
import { rightBoxIou } from './gate.ts'
import { atlasVersion } from './atlas-spec.ts'

/** The card that ships with the atlas: what it is, what from, how good, where it fails. */
export function modelCard({ trained, measures, gate, seed, counts }: TrainedAtlas): string {
  const { heldOut } = measures
  const children = trained.map((prototype) => prototype.children)
  return `# Lung atlas ${atlasVersion}

**Research software. Not for diagnostic use.**

${trained.length} prototypes of the chest of children, each the average of ${Math.min(...children)} to ${Math.max(...children)} registered children: a mean radiograph and, for
each sample, the share of the children with lung there. No prototype is of fewer than 8 children, and no single child's image is in it.
\`contact-sheet.png\` shows all of them.

## Use

Locating the lungs on frontal chest radiographs of children by the method of Candemir et al. (IEEE Trans Med Imaging 33(2), 2014):
retrieval by profiles, SIFT flow, average of the warped lung probabilities. Whatever the radiograph's size, it is seen through a
square frame of 224x224. The found area includes the heart shadow, as the masks do that the atlas was learned from.

## Training data

- Radiographs: Kermany & Goldbaum, "Labeled Optical Coherence Tomography (OCT) and Chest X-Ray Images for Classification", Mendeley Data,
  CC BY 4.0; training split only, ${counts.learningImages} images of ${counts.learningChildren} children whose mask is certain to be theirs (original sizes agree).
- Masks: V7 Labs, COVID-19 X-ray data set, CC BY 4.0, drawn by people.
- Children held out for validation (20 % of the patients, the same as for every other model here) are in no prototype.
- \`npx lung-triage train atlas --data ../shared/data --out DIR\`, seed ${seed}; the same data and seed give the same bytes.

## How good

On ${heldOut.images} radiographs of ${heldOut.children} held-out children (Dice of the masks, intersection over union of their boxes without margin):

| | Dice mean | median | 5th percentile | box IoU mean | median | 5th percentile |
|---|---|---|---|---|---|---|
${overlapRow('registered', heldOut.registered)}
${overlapRow('the same prototypes, not registered', heldOut.unregistered)}

The trust gate (logistic regression on ${Object.keys(gate.terms).length} measures of a localisation) calls a box right when its IoU is expected to be at least ${rightBoxIou}; below
quality ${gate.leastQuality.toFixed(3)} the whole image is used. Fitted to one half of the held-out children and measured on the other, as they are and with
planted failures:

| case | refused | of |
|---|---|---|
| right boxes (false alarms) | ${percent(measures.gate.falseAlarms.share)} | ${measures.gate.falseAlarms.of} |
${Object.entries(measures.gate.caught)
  .map(([kind, { share, of }]) => `| wrong: ${kind} | ${percent(share)} | ${of} |`)
  .join('\n')}

## Limits

- Children of one hospital, 1 to 5 years old, front view, heart on the left side. Adults, laterals and other views are outside.
- Human-drawn masks differ at the diaphragm by several per cent of the image; part of the error above is theirs.
- Tilts of up to 12 degrees were tested. Images turned further, cut off or inverted are refused rather than corrected.
`
}

function overlapRow(name: string, { dice, boxIou }: Overlap): string {
  const cells = [dice.mean, dice.median, dice.p5, boxIou.mean, boxIou.median, boxIou.p5].map((value) =>
    value.toFixed(3),
  )
  return `| ${name} | ${cells.join(' | ')} |`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
