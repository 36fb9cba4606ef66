import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { release } from '../../pixels/release.ts'
import { sealBroken } from './errors.ts'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** Derives a key for one purpose from the secret of coordinator and workers (HKDF with SHA-256, RFC 5869). */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'lung-triage', purpose, 32))
}

/**
 * Encrypts and authenticates the data that processes exchange through Redis, which may hold a patient's name
 * (AES-256-GCM, NIST SP 800-38D).
 */
export class Seal {
  readonly #key: Buffer

  constructor(secret: string) {
    this.#key = deriveKey(secret, 'seal')
  }

  /** @param place where the content is stored; it can be decrypted only for the same place */
  close(content: Uint8Array, place: string): Buffer {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key, nonce).setAAD(Buffer.from(place))
    const closed = cipher.update(content)
    // GCM encrypts in counter mode, so `final` returns no further bytes (SP 800-38D 6.5).
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
      // Throws unless the tag matches the content.
      decipher.final()
      return content
    } catch (error) {
      const broken = sealBroken()
      broken.cause = error
      throw broken
    }
  }
}
