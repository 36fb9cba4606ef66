import { defineError } from '../errors/triage-error.ts'

export const manifestInvalid = defineError(
  'CLASSIFY_MANIFEST_INVALID',
  'server',
  (problems: string) => `The model's manifest.json is not valid. ${problems}. Restore the released model.`,
)

export const networkChanged = defineError(
  'CLASSIFY_NETWORK_CHECKSUM_MISMATCH',
  'server',
  (file: string) =>
    `The SHA-256 of the network ${file} differs from the one in its manifest. Restore the released model.`,
)

export const networkUnreadable = defineError(
  'CLASSIFY_NETWORK_UNREADABLE',
  'server',
  (file: string, cause: string) => `The network ${file} cannot be opened: ${cause}. Restore the released model.`,
)

export const outputInvalid = defineError(
  'CLASSIFY_OUTPUT_INVALID',
  'server',
  (name: string, problem: string) => `The network's tensor "${name}" ${problem}. Check the model against its manifest.`,
)

export const inputInvalid = defineError(
  'CLASSIFY_INPUT_INVALID',
  'server',
  (expected: number, actual: number) =>
    `A network input holds ${actual} values, not ${expected}. Make it with toNetworkInput and the model's manifest.`,
)

export const boxOutside = defineError(
  'CLASSIFY_BOX_OUTSIDE_IMAGE',
  'server',
  () => `The box to classify lies outside the image. Give a box inside the image.`,
)
