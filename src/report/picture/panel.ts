import type { Decision, ImagePrediction, Prediction } from '../../classify/prediction.ts'
import { type Block, type PanelStyle, type TextStyle, edges, paragraph, stack, textLine, withSign } from './block.ts'
import { colours, decisionColours } from './colours.ts'
import { legend } from './legend.ts'
import { operatingPointBar, plainBar } from './bars.ts'
import { decisionNote } from '../conclusion.ts'
import { percent } from '../percent.ts'
import { notForDiagnosticUse, warningsOf } from '../wording.ts'

/** The parts of the panel, in one column or side by side. */
export interface PanelParts {
  readonly banner: Block
  readonly finding: Block
  readonly notes: Block
}

type AnalysedPrediction = Extract<Prediction, { kind: 'analysed' }>

/** All words and bars of the picture. Contains no patient data. */
export function panelParts(image: ImagePrediction, prediction: AnalysedPrediction, style: PanelStyle): PanelParts {
  const gap = style.textPx * 0.9
  const note = decisionNote(image)
  const finding = [
    ...imageNumber(image, prediction, style),
    decisionBlock(image.decision, style),
    probabilityBlock(image, prediction, style),
    ...(note === undefined ? [] : [paragraph(note, muted(style), style.widthPx)]),
    ...(image.decision === 'present' ? [kindsBlock(image, style)] : []),
  ]
  const notes = [...warningBlocks(image, prediction, style), legend(image, style), ...algorithm(prediction, style)]
  return { banner: banner(style), finding: stack(finding, gap), notes: stack(notes, gap) }
}

function banner({ fonts, textPx, widthPx }: PanelStyle): Block {
  const text = notForDiagnosticUse.toUpperCase()
  const height = textPx * 1.9
  const sizePx = Math.min(textPx * 1.25, (textPx * (widthPx - textPx)) / fonts.bold.width(text, textPx))
  const style: TextStyle = { face: fonts.bold, sizePx, colour: '#000000' }
  const indent = (widthPx - fonts.bold.width(text, sizePx)) / 2
  return {
    height,
    draw: (x, y) =>
      `<rect x="${x}" y="${y}" width="${widthPx}" height="${height}" rx="${textPx * 0.25}" fill="${colours.warning}"/>` +
      textLine(text, style, x + indent, y + height / 2 + sizePx * 0.36),
  }
}

function imageNumber(image: ImagePrediction, { images }: AnalysedPrediction, style: PanelStyle): Block[] {
  if (images.length === 1) return []
  const view = image.header.viewPosition
  const text = `Image ${images.indexOf(image) + 1} of ${images.length}${view === undefined ? '' : ` (${view})`}`
  return [paragraph(text, muted(style), style.widthPx)]
}

function decisionBlock(decision: Decision, { fonts, textPx, widthPx }: PanelStyle): Block {
  const name: TextStyle = { face: fonts.bold, sizePx: textPx * 1.3, colour: colours.text }
  const word: TextStyle = { face: fonts.bold, sizePx: textPx * 2, colour: decisionColours[decision] }
  return stack([paragraph('Pneumonia:', name, widthPx), paragraph(decision, word, widthPx)], 0)
}

function probabilityBlock(image: ImagePrediction, { thresholds }: Prediction, style: PanelStyle): Block {
  const { pneumonia } = image.probabilities
  const number: TextStyle = { face: style.fonts.bold, sizePx: style.textPx * 1.3, colour: colours.text }
  return stack(
    [
      edges(
        { text: 'Probability', style: plain(style) },
        { text: `${percent(pneumonia).toFixed(1)} %`, style: number },
        style.widthPx,
      ),
      operatingPointBar(pneumonia, decisionColours[image.decision], thresholds, muted(style), style.widthPx),
    ],
    style.textPx * 0.2,
  )
}

function kindsBlock({ probabilities: { bacterial, viral } }: ImagePrediction, style: PanelStyle): Block {
  const row = (name: string, probability: number) =>
    stack(
      [
        edges(
          { text: `${name} likelihood`, style: plain(style) },
          { text: `${percent(probability).toFixed(1)} %`, style: plain(style) },
          style.widthPx,
        ),
        plainBar(probability, colours.muted, style.textPx * 0.35, style.widthPx),
      ],
      style.textPx * 0.1,
    )
  const caution = 'Weak evidence: radiographs cannot reliably distinguish the two.'
  return stack(
    [row('Bacterial', bacterial), row('Viral', viral), paragraph(caution, muted(style), style.widthPx)],
    style.textPx * 0.4,
  )
}

function warningBlocks(image: ImagePrediction, prediction: AnalysedPrediction, style: PanelStyle): Block[] {
  const { textPx, widthPx } = style
  const indent = textPx * 1.5
  const left = prediction.notAnalysed.length
  const warnings = [
    ...warningsOf(image),
    ...(prediction.imagesDisagree
      ? [`The images of this study give different findings. Study finding: ${prediction.decision}.`]
      : []),
    ...(left === 0 ? [] : [`${left === 1 ? 'One other image was' : `${left} other images were`} not analysed.`]),
  ]
  return warnings.map((warning) =>
    withSign(
      (x, y) => warningSign(x, y + textPx * 0.12, textPx),
      paragraph(warning, plain(style), widthPx - indent),
      indent,
    ),
  )
}

function warningSign(x: number, y: number, sizePx: number): string {
  const middle = x + sizePx / 2
  const triangle = `M${middle} ${y}L${x + sizePx} ${y + sizePx * 0.92}L${x} ${y + sizePx * 0.92}Z`
  const mark = `M${middle} ${y + sizePx * 0.34}V${y + sizePx * 0.58}M${middle} ${y + sizePx * 0.7}V${y + sizePx * 0.8}`
  const line = `stroke-width="${sizePx * 0.1}" stroke-linejoin="round"`
  return (
    `<path d="${triangle}" fill="${colours.warning}" stroke="${colours.warning}" ${line}/>` +
    `<path d="${mark}" stroke="#000000" ${line}/>`
  )
}

function algorithm({ model, analysedAt }: Prediction, style: PanelStyle): Block[] {
  const minute = new Date(analysedAt).toISOString().slice(0, 16).replace('T', ' ')
  const lines = [
    `Model: ${model.name} ${model.version}`,
    `Analysed ${minute} UTC`,
    'Automatic result, not verified by a physician',
  ]
  const words = lines.map((line) => paragraph(line, muted(style), style.widthPx))
  const rule: Block = {
    height: 2,
    draw: (x, y) => `<rect x="${x}" y="${y}" width="${style.widthPx}" height="2" fill="${colours.rule}"/>`,
  }
  return [rule, stack(words, 0)]
}

function plain({ fonts, textPx }: PanelStyle): TextStyle {
  return { face: fonts.regular, sizePx: textPx, colour: colours.text }
}

function muted({ fonts, textPx }: PanelStyle): TextStyle {
  return { face: fonts.regular, sizePx: textPx, colour: colours.muted }
}
