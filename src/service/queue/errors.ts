import { defineError } from '../../errors/triage-error.ts'

export const claimLost = defineError(
  'SERVICE_CLAIM_LOST',
  'permanent',
  () => 'The lease on the study lapsed and another worker has taken it; this result is discarded.',
)

export const attemptsUsedUp = defineError(
  'SERVICE_ATTEMPTS_USED_UP',
  'permanent',
  (attempts: number) =>
    `${attempts} attempts ended without a result; the process probably crashed. Check the study's files, then retry.`,
)
