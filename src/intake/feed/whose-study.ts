import { createHash } from 'node:crypto'

/**
 * A digest of whose a study is, as one source of announcements shows it. It only serves to notice a change.
 * @param source of the values: Orthanc and DICOMweb write the same patient differently
 */
export function whoseStudy(source: 'orthanc' | 'qido', values: readonly unknown[]): string {
  return `${source} ${createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 22)}`
}
