import { createHash } from 'node:crypto'

/**
 * Whether a patient's images are in the validation split. All training uses this split, because images of one child on
 * both sides would leak. It depends only on patient and seed, so that adding images never moves a patient.
 * @param patient group key of the data set, `KermanyRow.patient`
 * @param share share of patients held out, 0–1
 */
export function isValidationPatient(patient: string, seed: number, share = 0.2): boolean {
  const digest = createHash('sha256').update(`${seed}:${patient}`).digest()
  return digest.readUInt32BE(0) / 2 ** 32 < share
}
