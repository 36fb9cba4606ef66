import { createHmac } from 'node:crypto'

/**
 * The signed fields of requests between this service and the Orthanc plugin
 * (`config/orthanc/lung_triage_plugin/signature.py`). HMAC-SHA256 (RFC 2104) with the shared key over method, path with
 * query, actor, time and a nonce.
 */
export interface SignedFields {
  readonly method: string
  /** Path and query, as in the request line. */
  readonly path: string
  /** Percent-encoded, so that no field can hold the separator, a line break. */
  readonly actor: string
  /** Milliseconds since 1970, as digits. */
  readonly time: string
  readonly nonce: string
}

/** Header names, in lower case as in Node. */
export const signatureHeaders = {
  actor: 'x-lung-triage-actor',
  time: 'x-lung-triage-time',
  nonce: 'x-lung-triage-nonce',
  signature: 'x-lung-triage-signature',
} as const

/** Largest clock difference between plugin and service, and validity of a signature. */
export const signatureValidityMs = 30_000

export function signatureOf(key: string, { method, path, actor, time, nonce }: SignedFields): string {
  const message = ['lung-triage-1', method, path, actor, time, nonce].join('\n')
  return createHmac('sha256', key).update(message).digest('hex')
}

/** Headers that prove to the plugin that a request comes from this service. */
export function signedHeaders(key: string, fields: SignedFields): Record<string, string> {
  return {
    [signatureHeaders.actor]: fields.actor,
    [signatureHeaders.time]: fields.time,
    [signatureHeaders.nonce]: fields.nonce,
    [signatureHeaders.signature]: signatureOf(key, fields),
  }
}
