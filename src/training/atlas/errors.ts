import { defineError } from '../../errors/triage-error.ts'

export const tooFewChildren = defineError(
  'TRAINING_ATLAS_TOO_FEW_CHILDREN',
  'permanent',
  (found: number, needed: number) =>
    `The data holds ${found} children with a reliable lung mask; an atlas needs ${needed}. Check the data folder.`,
)
