import { createHash } from 'node:crypto'
import type { Prediction } from '../classify/prediction.ts'
import { identityOf, identityText } from './identity/study-identity.ts'

/** Version of the results' format. It is part of the model digest, so a new format creates new objects. */
export const resultFormatVersion = '5'

/** The keys of a result before its revision. */
export interface FindingKeys {
  /** What was looked at and by what: equal for the same images, displayed alike, and the same algorithm. */
  readonly analysisKey: string
  /** The analysis key and whose the images are. */
  readonly findingKey: string
}

/**
 * The keys of a finding, as SHA-256 in lower-case hex. An image is not known by its UIDs alone: modalities whose counter
 * was reset use the same UIDs for another child.
 */
export function findingKeysOf(prediction: Prediction): FindingKeys {
  const analysed = prediction.kind === 'analysed' ? prediction.images : []
  const seen = [
    ...analysed.map(({ header, displayDigest, flags }) => [...uidsOf(header), displayDigest, ...flags.map(codeOf)]),
    ...prediction.notAnalysed.map(({ header, outcome, code }) => [...uidsOf(header), outcome, code]),
  ]
  const images = seen.map((image) => JSON.stringify(image)).sort()
  const analysisKey = sha256(['analysis', prediction.model.digest, ...images])
  return { analysisKey, findingKey: sha256(['finding', analysisKey, identityText(identityOf(prediction.source))]) }
}

function uidsOf(header: Prediction['notAnalysed'][number]['header']): readonly string[] {
  return [header.studyInstanceUid, header.seriesInstanceUid, header.sopInstanceUid]
}

function codeOf({ code }: { readonly code: string }): string {
  return code
}

/**
 * Identity of one set of result objects: all their UIDs and identifiers derive from it.
 * @param revision counts how often objects were built under the same finding key, from 0
 */
export function resultKey(findingKey: string, revision: number): string {
  return sha256(['result', findingKey, String(revision)])
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
