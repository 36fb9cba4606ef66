import type { ImagePrediction, Prediction } from '../../classify/prediction.ts'
import { activationContour } from './activation-contour.ts'
import { type Code, codes, probabilityNamed } from '../codes.ts'
import {
  type ContentItem,
  type ImageReference,
  type Point,
  codeItem,
  container,
  imageItem,
  numItem,
  polylineItem,
  rootContainer,
  textItem,
  uidItem,
} from './content-item.ts'
import { decisionNote } from '../conclusion.ts'
import { percent } from '../percent.ts'
import { algorithmItems, observerItems, procedureItem } from './report-context.ts'
import { uidFor } from '../uids.ts'
import {
  imagesDiffer,
  kindsAreUnreliable,
  notForDiagnosticUse,
  presenceCodes,
  reasonSentence,
  regionName,
  supersedesEarlier,
  warningsOf,
} from '../wording.ts'

type AnalysedPrediction = Extract<Prediction, { kind: 'analysed' }>

/**
 * The content of an Imaging Measurement Report (TID 1500): the algorithm as observer, the images, and for each image a
 * group with finding, presence, probability and region. Viewers show a number only beside a region, so every group has
 * one.
 */
export function measurementReport(prediction: AnalysedPrediction, resultKey: string): ContentItem {
  const groups = prediction.images.flatMap((image, index) => imageGroups(image, index, prediction, resultKey))
  const images = [...prediction.images, ...prediction.notAnalysed].map((image) => imageItem('CONTAINS', image.header))
  return rootContainer(codes.imagingMeasurementReport, '1500', [
    codeItem('HAS CONCEPT MOD', codes.language, codes.english),
    ...observerItems(prediction.model),
    procedureItem(prediction),
    container('CONTAINS', codes.imageLibrary, [container('CONTAINS', codes.imageLibraryGroup, images)]),
    container('CONTAINS', codes.imagingMeasurements, groups),
  ])
}

/**
 * TID 1410 groups of one image. Bacterial and viral are only likelihoods of a present finding, never findings of their
 * own.
 */
function imageGroups(
  image: ImagePrediction,
  index: number,
  prediction: AnalysedPrediction,
  resultKey: string,
): ContentItem[] {
  const group = (part: number, content: GroupContent) =>
    measurementGroup(content, image, uidFor(resultKey, 'tracking', index * 10 + part), prediction)
  const pneumonia = group(0, {
    tracking: `${regionName(image)}: pneumonia ${image.decision}, probability ${percent(image.probabilities.pneumonia)} %`,
    finding: codes.pneumonia,
    outline: boxOutline(image),
    values: [
      codeItem('CONTAINS', codes.presence, presenceCodes[image.decision]),
      probabilityItem(`Pneumonia prob. (${image.decision})`, image.probabilities.pneumonia),
      ...kindItems(image),
      textItem('CONTAINS', codes.comment, commentOf(image, prediction)),
    ],
  })
  return [pneumonia, ...explanationGroups(image, group)]
}

type GroupOf = (part: number, content: GroupContent) => ContentItem

/**
 * Stage two as likelihoods of the present pneumonia. They get no groups of their own, because OHIF prints a second
 * group on the same region over the first, and no presence.
 */
function kindItems({ decision, probabilities }: ImagePrediction): ContentItem[] {
  if (decision !== 'present') return []
  return [
    probabilityItem('Bacterial (weak evidence)', probabilities.bacterial, codes.bacterialPneumonia),
    probabilityItem('Viral (weak evidence)', probabilities.viral, codes.viralPneumonia),
  ]
}

/** @param of the finding that the probability refers to, if not the finding of the group */
function probabilityItem(name: string, probability: number, of?: Code): ContentItem {
  const modifiers = of === undefined ? [] : [codeItem('HAS CONCEPT MOD', codes.finding, of)]
  return numItem('CONTAINS', probabilityNamed(name), percent(probability), codes.percent, modifiers)
}

function explanationGroups(image: ImagePrediction, group: GroupOf): ContentItem[] {
  if (image.decision !== 'present') return []
  const outline = activationContour(image.activation, image.lungs.box)
  if (outline === undefined) return []
  const explanation = {
    tracking: 'Network activation (not a lesion outline)',
    finding: codes.pneumonia,
    outline,
    values: [codeItem('CONTAINS', codes.visualExplanation, codes.classActivation)],
  }
  return [group(3, explanation)]
}

interface GroupContent {
  readonly tracking: string
  readonly finding: Code
  readonly outline: readonly Point[]
  readonly values: readonly ContentItem[]
}

/** TID 1410 Planar ROI Measurements. OHIF uses the group's first UIDREF as its tracking UID. */
function measurementGroup(
  { tracking, finding, outline, values }: GroupContent,
  image: ImagePrediction,
  trackingUid: string,
  prediction: Prediction,
): ContentItem {
  const reference: ImageReference = image.header
  return container(
    'CONTAINS',
    codes.measurementGroup,
    [
      textItem('HAS OBS CONTEXT', codes.trackingIdentifier, tracking),
      uidItem('HAS OBS CONTEXT', codes.trackingUniqueIdentifier, trackingUid),
      ...algorithmItems(prediction),
      codeItem('CONTAINS', codes.finding, finding),
      codeItem('HAS CONCEPT MOD', codes.findingSite, codes.lung),
      polylineItem(codes.imageRegion, outline, reference),
      ...values,
    ],
    '1410',
  )
}

function boxOutline({ lungs: { box } }: ImagePrediction): readonly Point[] {
  const right = box.x + box.width
  const bottom = box.y + box.height
  return [
    [box.x, box.y],
    [right, box.y],
    [right, bottom],
    [box.x, bottom],
  ]
}

function commentOf(image: ImagePrediction, prediction: AnalysedPrediction): string {
  const note = decisionNote(image)
  return [
    ...(note === undefined ? [] : [note]),
    ...warningsOf(image),
    ...(image.decision === 'present' ? [kindsAreUnreliable] : []),
    ...prediction.notAnalysed.map((other) => `Another image of this study was not analysed: ${reasonSentence(other)}`),
    ...(prediction.supersedes === undefined ? [] : [supersedesEarlier]),
    ...(prediction.imagesDisagree ? [imagesDiffer] : []),
    `${notForDiagnosticUse}.`,
  ].join(' ')
}
