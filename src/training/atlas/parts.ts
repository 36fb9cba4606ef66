import { createHash } from 'node:crypto'
import { isValidationPatient } from '../data/patient-split.ts'
import { splitSeed, validationShare } from '../data/input-spec.ts'

/** The learning children are divided into this many folds, by patient. */
export const foldCount = 4

/** Where a child belongs: held out from the shipped atlas as from all training, or a fold of the learning children. */
export type Part = 'held-out' | number

/** Depends on the patient alone, so that adding images never moves a patient. */
export function partOf(patient: string): Part {
  if (isValidationPatient(patient, splitSeed, validationShare)) return 'held-out'
  return createHash('sha256').update(`lung fold:${patient}`).digest().readUInt32BE(0) % foldCount
}
