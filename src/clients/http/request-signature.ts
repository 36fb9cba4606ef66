import { createHmac } from 'node:crypto'

/**
 * What is signed between this service and the plugin inside Orthanc: `config/orthanc/lung_triage_plugin/signature.py` is the other
 * side. HMAC-SHA256 (RFC 2104) with the shared key over method, path with query, actor, time and a nonce.
 */
export interface SignedFields {
  readonly method: string
  /** With its query, as it stands in the request line. */
  readonly path: string
  /** Percent-encoded, so that no field can hold the line break that separates them. */
  readonly actor: string
  /** Milliseconds since 1970, in digits. */
  readonly time: string
  readonly nonce: string
}

/** Names of the headers, in lower case as Node gives them. */
export const signatureHeaders = {
  actor: 'x-lung-triage-actor',
  time: 'x-lung-triage-time',
  nonce: 'x-lung-triage-nonce',
  signature: 'x-lung-triage-signature',
} as const

/** How far the clocks of plugin and service may be apart, and how long a signature is good for. */
export const signatureValidityMs = 30_000

export function signatureOf(key: string, { method, path, actor, time, nonce }: SignedFields): string {
  const message = ['lung-triage-1', method, path, actor, time, nonce].join('\n')
  return createHmac('sha256', key).update(message).digest('hex')
}

/** Headers that show the plugin that a request is ours. */
export function signedHeaders(key: string, fields: SignedFields): Record<string, string> {
  return {
    [signatureHeaders.actor]: fields.actor,
    [signatureHeaders.time]: fields.time,
    [signatureHeaders.nonce]: fields.nonce,
    [signatureHeaders.signature]: signatureOf(key, fields),
  }
}
