import { createHash } from 'node:crypto'
import { isValidationPatient } from '../data/patient-split.ts'
import { splitSeed, validationShare } from '../data/input-spec.ts'

/** Number of folds of the training children; the split is by patient. */
export const foldCount = 4

/** `held-out` if excluded from all training (the same children for every model), otherwise the index of a fold. */
export type Part = 'held-out' | number

/** Depends only on the patient, so that adding images never moves a patient. */
export function partOf(patient: string): Part {
  if (isValidationPatient(patient, splitSeed, validationShare)) return 'held-out'
  return createHash('sha256').update(`lung fold:${patient}`).digest().readUInt32BE(0) % foldCount
}
