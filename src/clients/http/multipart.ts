const text = new TextDecoder('latin1')

/** Largest size of a part's headers in bytes. */
const maxHeaderBytes = 4096

/**
 * The content of the first part of a multipart body (RFC 2046 5.1.1), in which WADO-RS returns a file (PS3.18 8.7.1).
 * @returns a view into `body`; undefined if the body is not multipart or its last boundary is missing
 */
export function firstPart(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const head = text.decode(body.subarray(0, maxHeaderBytes))
  const opening = /^(?:\r\n)?--([^\r\n]{1,70})\r\n/.exec(head)
  const headersEnd = head.indexOf('\r\n\r\n')
  if (opening === null || headersEnd < 0) return undefined
  const start = headersEnd + 4
  const end = Buffer.from(body.buffer, body.byteOffset, body.byteLength).indexOf(`\r\n--${opening[1]!}`, start)
  return end < 0 ? undefined : body.subarray(start, end)
}
