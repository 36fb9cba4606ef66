import type { Migration } from './sqlite/database.ts'
import { formerFlagCodes, formerSkipCodes } from './stored-codes.ts'

type Spellings = Readonly<Record<string, string>>

function reversed(spellings: Spellings): Spellings {
  return Object.fromEntries(Object.entries(spellings).map(([from, to]) => [to, from]))
}

function respelled(value: string, spellings: Spellings): string {
  const cases = Object.entries(spellings).map(([from, to]) => `WHEN '${from}' THEN '${to}'`)
  return `CASE ${value} ${cases.join(' ')} ELSE ${value} END`
}

function respellProblems(table: string, spellings: Spellings): string {
  const affected = Object.keys(spellings).map((code) => `'${code}'`)
  return `UPDATE ${table} SET code = ${respelled('code', spellings)} WHERE code IN (${affected.join(', ')});`
}

/**
 * Flags are an array in the finding's JSON, and their order is kept. `json` parses the subquery's result, which would
 * otherwise be stored as a string.
 */
function respellFlags(spellings: Spellings): string {
  return `UPDATE studies SET finding = json_set(finding, '$.flags', json((
      SELECT json_group_array(json(flag)) FROM (
        SELECT json_set(value, '$.code', ${respelled(`value ->> '$.code'`, spellings)}) AS flag
        FROM json_each(studies.finding, '$.flags') ORDER BY key))))
    WHERE json_array_length(finding, '$.flags') > 0;`
}

function respell(skipCodes: Spellings, flagCodes: Spellings): string {
  return [
    respellProblems('studies', skipCodes),
    respellProblems('study_events', skipCodes),
    respellFlags(flagCodes),
  ].join('\n')
}

/**
 * Changes codes to upper snake case, the spelling of refusals and errors. Stored results are not rewritten, because
 * `withCurrentFlagCodes` converts them on reading.
 */
export const codeSpellingStep: Migration = {
  up: respell(formerSkipCodes, formerFlagCodes),
  down: respell(reversed(formerSkipCodes), reversed(formerFlagCodes)),
}
