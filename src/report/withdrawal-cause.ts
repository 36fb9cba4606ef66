import type { ModelIdentity } from '../classify/prediction.ts'

/**
 * Why a result must not be used any more:
 * - `model-retracted`: its model was found unfit for use;
 * - `another-patient`: its images are another patient's, as a correction in the archive says;
 * - `source-rejected`: its images were rejected (IHE Imaging Object Change Management);
 * - `study-moved`: its study was replaced by a corrected copy with other UIDs.
 */
export const withdrawalCauses = ['model-retracted', 'another-patient', 'source-rejected', 'study-moved'] as const
export type WithdrawalCause = (typeof withdrawalCauses)[number]

/** What is said of a withdrawn result, without the patient. */
export interface WithdrawalFacts {
  readonly cause: WithdrawalCause
  readonly model: Pick<ModelIdentity, 'name' | 'version'>
  /** ISO 8601 with zone. */
  readonly at: string
}

/** Why a result was withdrawn, for use below the word "Withdrawn". */
export function withdrawalReason({ cause, model: { name, version }, at }: WithdrawalFacts): string {
  const day = at.slice(0, 10)
  switch (cause) {
    case 'model-retracted':
      return `The model ${name} ${version} was retracted on ${day}. Do not use its results.`
    case 'another-patient':
      return `The images belong to another patient, as corrected on ${day}. Do not use this result for this patient.`
    case 'source-rejected':
      return `The images were rejected on ${day}. Do not use this result.`
    case 'study-moved':
      return `The study was corrected on ${day} and has a new result. Do not use this one.`
  }
}

/** The same as a whole text. */
export function withdrawnSentence(facts: WithdrawalFacts): string {
  return `Withdrawn. ${withdrawalReason(facts)}`
}
