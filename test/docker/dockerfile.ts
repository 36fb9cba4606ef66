import { readFileSync } from 'node:fs'
import { DockerfileParser, type Instruction } from 'dockerfile-ast'

export interface Stage {
  readonly name: string
  readonly image: string
  /** Keyword in capitals, and its arguments. */
  readonly steps: readonly { readonly keyword: string; readonly text: string }[]
}

/** The stages of a Dockerfile in order, each with its instructions after FROM. */
export function readStages(file: string): readonly Stage[] {
  const source = readFileSync(file, 'utf8')
  const parsed = DockerfileParser.parse(source)
  const froms = parsed.getFROMs().map((from) => ({
    line: from.getRange().start.line,
    name: from.getBuildStage() ?? '',
    image: from.getImage() ?? '',
  }))
  const instructions = parsed.getInstructions().map((instruction) => ({
    line: instruction.getRange().start.line,
    keyword: instruction.getKeyword(),
    text: textOf(source, instruction),
  }))
  return froms.map(({ line, name, image }, index) => {
    const end = froms[index + 1]?.line ?? Infinity
    return { name, image, steps: instructions.filter((step) => step.line > line && step.line < end) }
  })
}

/** All arguments, including flags, on one line. */
function textOf(source: string, instruction: Instruction): string {
  const { start, end } = instruction.getRange()
  const lines = source.split('\n').slice(start.line, end.line + 1)
  return lines
    .join('\n')
    .replace(/^\s*\S+/, '')
    .replace(/\\\s*\n\s*/g, ' ')
    .trim()
}
