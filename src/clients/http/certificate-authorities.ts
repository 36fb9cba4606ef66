import { readFile } from 'node:fs/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { authorityUnreadable } from './errors.ts'

/**
 * Makes this process trust further certificate authorities. Like NODE_EXTRA_CA_CERTS, this applies to the whole
 * process: fetch, which all requests but STOW-RS use, has no narrower option, and a hospital's own authority signs all
 * of its servers.
 * @param caFiles PEM files
 * @throws HTTP_AUTHORITY_UNREADABLE
 */
export async function trustCertificateAuthorities(caFiles: readonly string[]): Promise<void> {
  const certificates = await Promise.all(caFiles.map(readAuthority))
  if (certificates.length > 0) setDefaultCACertificates([...getCACertificates('default'), ...certificates])
}

async function readAuthority(caFile: string): Promise<string> {
  const pem = await readFile(caFile, 'utf8').catch((error: unknown) => {
    throw authorityUnreadable(caFile, error instanceof Error ? error.message : String(error))
  })
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw authorityUnreadable(caFile, 'it contains no PEM certificate')
  return pem
}
