import { defineError } from '../../errors/triage-error.ts'

export const malformedTable = defineError(
  'TRAINING_MALFORMED_TABLE',
  'permanent',
  (table: string, line: number, problem: string) => `${table}, line ${line}: ${problem}. Correct or restore the table.`,
)
