import { convertWith } from './sample-images.ts'

/**
 * The grays 0 to 65535 that DCMTK's dcm2pnm shows, row-major.
 * @param options which window or table
 */
export async function shownByDcmtk(bytes: Uint8Array, options: readonly string[]): Promise<readonly number[]> {
  return Array.from(readAsciiPgm(await convertWith(bytes, 'dcm2pnm', ...options, '+opn', '16')))
}

/** Gray values of a PGM as text (P2): its magic number, size and largest value come first. */
export function readAsciiPgm(bytes: Uint8Array): Uint16Array {
  const [header] =
    /^P2\s(?:#.*\s)*\d+\s+\d+\s+65535\s/.exec(Buffer.from(bytes.subarray(0, 500)).toString('latin1')) ?? []
  if (header === undefined) throw new Error('DCMTK wrote no PGM of 16 bits')
  // Millions of values: splitting the text takes seconds.
  const values = new Uint16Array(bytes.length)
  let count = 0
  let value = -1
  for (let i = header.length; i < bytes.length; i++) {
    const digit = bytes[i]! - 48
    if (digit >= 0 && digit <= 9) value = Math.max(value, 0) * 10 + digit
    else if (value >= 0) {
      values[count++] = value
      value = -1
    }
  }
  if (value >= 0) values[count++] = value
  return values.subarray(0, count)
}
