import { createHash } from 'node:crypto'

/**
 * Whether a patient's images are held out for validation. All training shares this split: images of one child on both sides
 * would be a leak. The answer depends on the patient and the seed alone, so adding images never moves a patient.
 * @param patient group key of the data set, `KermanyRow.patient`
 * @param share fraction of patients held out, 0–1
 */
export function isValidationPatient(patient: string, seed: number, share = 0.2): boolean {
  const digest = createHash('sha256').update(`${seed}:${patient}`).digest()
  return digest.readUInt32BE(0) / 2 ** 32 < share
}
