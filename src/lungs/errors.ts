import { defineError } from '../errors/triage-error.ts'

export const malformedAtlas = defineError(
  'LUNGS_MALFORMED_ATLAS',
  'server',
  (problem: string) => `The lung atlas cannot be used: ${problem}. Restore the released atlas or train it again.`,
)

export const frameSideMismatch = defineError(
  'LUNGS_FRAME_SIDE',
  'server',
  (side: number, expected: number) =>
    `The lung atlas was made for square frames of side ${expected}, not ${side}. Use the network and the atlas released together.`,
)
