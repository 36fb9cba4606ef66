import { defineError } from '../../errors/triage-error.ts'

export const claimLost = defineError(
  'SERVICE_CLAIM_LOST',
  'permanent',
  () => 'The study was given to another worker meanwhile; what this one found is dropped.',
)

export const attemptsUsedUp = defineError(
  'SERVICE_ATTEMPTS_USED_UP',
  'permanent',
  (attempts: number) =>
    `${attempts} attempts ended without an answer, most likely with the process. Look at the study's files, then retry.`,
)
