import type { ImagePrediction } from '../../classify/prediction.ts'
import { type Block, type PanelStyle, paragraph, stack, withSign } from './block.ts'
import { activationColour, colours } from './colours.ts'

/** Explains the lines and colours that are on this radiograph. */
export function legend(image: ImagePrediction, style: PanelStyle): Block {
  const { fonts, textPx, widthPx } = style
  const indent = textPx * 2
  const words = { face: fonts.regular, sizePx: textPx, colour: colours.text }
  const entry = (sign: (x: number, y: number) => string, text: string) =>
    withSign((x, y) => sign(x, y + textPx * 0.25), paragraph(text, words, widthPx - indent), indent)
  const box = { width: textPx * 1.4, height: textPx * 0.8 }
  const frame = (dashes: string) => (x: number, y: number) =>
    `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" fill="none" stroke="${colours.lungBox}" stroke-width="3"${dashes}/>`
  const line = (x: number, y: number) =>
    `<path d="M${x} ${y + box.height / 2}h${box.width}" stroke="${colours.lungContour}" stroke-width="2"/>`
  const entries =
    image.lungs.kind === 'found'
      ? [entry(frame(''), 'Analysed lung fields'), entry(line, 'Outline of the lungs')]
      : [entry(frame(' stroke-dasharray="8 6"'), 'Whole image analysed')]
  if (image.decision === 'present') {
    entries.push(entry((x, y) => ramp(x, y, box.width, box.height), 'Network activation'))
  }
  return stack(entries, textPx * 0.15)
}

function ramp(x: number, y: number, width: number, height: number): string {
  const steps = 14
  return Array.from({ length: steps }, (_, step) => {
    const colour = activationColour(step / (steps - 1)).join(',')
    const left = x + (step * width) / steps
    return `<rect x="${left}" y="${y}" width="${width / steps + 0.5}" height="${height}" fill="rgb(${colour})"/>`
  }).join('')
}
