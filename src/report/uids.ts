import { createHash } from 'node:crypto'

/** Version of the results' format. It is part of the model digest, so a new format creates new objects. */
export const resultFormatVersion = '4'

/** Identity of the input: the images, in any order, and the algorithm. SHA-256 in lower-case hex. */
export function inputKey(sourceSopInstanceUids: readonly string[], modelDigest: string): string {
  return sha256(['input', ...[...sourceSopInstanceUids].sort(), modelDigest])
}

/** Identity of the result. All UIDs and identifiers of a study's results derive from it. */
export function resultKey(input: string, outcome: string): string {
  return sha256(['result', input, outcome])
}

/**
 * The UID of a role in a result, derived deterministically: `2.25.` and 128 bits of a hash (PS3.5 B.2). At most 44
 * characters.
 * @param role for example `structured-report-series`
 */
export function uidFor(key: string, role: string, index = 0): string {
  const hash = sha256(['uid', key, role, String(index)])
  return `2.25.${BigInt(`0x${hash.slice(0, 32)}`)}`
}

function sha256(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
