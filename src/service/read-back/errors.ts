import { defineError } from '../../errors/triage-error.ts'

export const noFinding = defineError(
  'SERVICE_NO_FINDING',
  'permanent',
  () => 'The study has no finding to agree or disagree with.',
  409,
)

export const resultReplaced = defineError(
  'SERVICE_RESULT_REPLACED',
  'permanent',
  () => 'The result has been superseded. Reload the page to see the current one.',
  409,
)
