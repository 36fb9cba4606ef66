import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { release } from '../../pixels/release.ts'
import { sealBroken } from './errors.ts'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** A key for one purpose out of the secret that coordinator and workers share (HKDF with SHA-256, RFC 5869). */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'lung-triage', purpose, 32))
}

/**
 * Closes what processes leave each other in Redis, which may hold a patient's name, so that only who has the secret can read or write
 * it (AES-256-GCM, NIST SP 800-38D).
 */
export class Seal {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = deriveKey(secret, 'seal')
  }

  /** @param place where it will lie; put elsewhere it does not open */
  close(content: Uint8Array, place: string): Buffer {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key, nonce).setAAD(Buffer.from(place))
    const closed = cipher.update(content)
    // A stream cipher has nothing left to give at its end (SP 800-38D 6.5).
    cipher.final()
    const sealed = Buffer.concat([nonce, cipher.getAuthTag(), closed])
    release(closed)
    return sealed
  }

  /** @throws SERVICE_SEAL_BROKEN */
  open(sealed: Uint8Array, place: string): Buffer {
    try {
      const nonce = sealed.subarray(0, nonceBytes)
      const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes)
      const decipher = createDecipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(place)).setAuthTag(tag)
      const content = decipher.update(sealed.subarray(nonceBytes + tagBytes))
      // Throws unless the tag is that of the content.
      decipher.final()
      return content
    } catch (error) {
      const broken = sealBroken()
      broken.cause = error
      throw broken
    }
  }
}
