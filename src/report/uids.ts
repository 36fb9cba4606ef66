import { createHash } from 'node:crypto'

/** Version of what results look like; part of the model's digest, so that a new form makes new objects. */
export const resultFormatVersion = '4'

/** What went in: the images, in whatever order, and the algorithm. Lower-case hex SHA-256. */
export function inputKey(sourceSopInstanceUids: readonly string[], modelDigest: string): string {
  return sha256(['input', ...[...sourceSopInstanceUids].sort(), modelDigest])
}

/** What came out of it. Everything that is written for a study is named after this. */
export function resultKey(input: string, outcome: string): string {
  return sha256(['result', input, outcome])
}

/**
 * A UID that the same result always gives: `2.25.` and 128 bits of a hash (PS3.5 B.2). At most 44 characters.
 * @param role what the UID names within the result, as `structured-report-series`
 */
export function uidFor(key: string, role: string, index = 0): string {
  const hash = sha256(['uid', key, role, String(index)])
  return `2.25.${BigInt(`0x${hash.slice(0, 32)}`)}`
}

function sha256(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
