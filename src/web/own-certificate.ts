import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { certificateExpired, certificateKeyDiffers, certificateUnreadable } from './errors.ts'

/** The status page's TLS certificate and key, both PEM files. */
export interface CertificateFiles {
  /** Our own certificate first, then the intermediate certificates. */
  readonly CertificateFile: string
  readonly KeyFile: string
}

/** Our certificate and its matching key. */
export interface OwnCertificate {
  readonly cert: string
  readonly key: string
  readonly expires: Date
}

/** @throws SERVICE_CERTIFICATE_UNREADABLE, SERVICE_CERTIFICATE_KEY_DIFFERS */
export async function readOwnCertificate({ CertificateFile, KeyFile }: CertificateFiles): Promise<OwnCertificate> {
  const [cert, key] = await Promise.all([readPem(CertificateFile), readPem(KeyFile)])
  const certificate = parse(CertificateFile, 'no certificate', () => new X509Certificate(cert))
  const privateKey = parse(KeyFile, 'no unencrypted private key', () => createPrivateKey(key))
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

/** Replaces OpenSSL's message, which names its own functions instead of what is wrong with the file. */
function parse<Parsed>(path: string, otherwise: string, read: () => Parsed): Parsed {
  try {
    return read()
  } catch (error) {
    const unreadable = certificateUnreadable(path, `it holds ${otherwise} in PEM form`)
    unreadable.cause = error
    throw unreadable
  }
}
