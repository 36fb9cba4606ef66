import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { certificateExpired, certificateKeyDiffers, certificateUnreadable } from './errors.ts'

/** Files by which the status page is served over TLS, both PEM. */
export interface CertificateFiles {
  /** Our own certificate, with those between it and its authority after it. */
  readonly CertificateFile: string
  readonly KeyFile: string
}

/** A certificate of our own and its key, which fit each other. */
export interface OwnCertificate {
  readonly cert: string
  readonly key: string
  readonly expires: Date
}

/** @throws SERVICE_CERTIFICATE_UNREADABLE, SERVICE_CERTIFICATE_KEY_DIFFERS */
export async function readOwnCertificate({ CertificateFile, KeyFile }: CertificateFiles): Promise<OwnCertificate> {
  const [cert, key] = await Promise.all([readPem(CertificateFile), readPem(KeyFile)])
  const certificate = parse(CertificateFile, 'no certificate', () => new X509Certificate(cert))
  const privateKey = parse(KeyFile, 'no private key without a passphrase', () => createPrivateKey(key))
  if (!certificate.checkPrivateKey(privateKey)) throw certificateKeyDiffers(CertificateFile, KeyFile)
  return { cert, key, expires: certificate.validToDate }
}

/** @throws SERVICE_CERTIFICATE_EXPIRED */
export function requireUnexpired({ CertificateFile }: CertificateFiles, { expires }: OwnCertificate, now: Date): void {
  if (expires <= now) throw certificateExpired(CertificateFile, expires.toISOString())
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw certificateUnreadable(path, error instanceof Error && 'code' in error ? String(error.code) : 'unreadable')
  }
}

/** OpenSSL's own messages name its functions, not what is wrong with a file. */
function parse<Parsed>(path: string, otherwise: string, read: () => Parsed): Parsed {
  try {
    return read()
  } catch (error) {
    const unreadable = certificateUnreadable(path, `it holds ${otherwise} in PEM form`)
    unreadable.cause = error
    throw unreadable
  }
}
