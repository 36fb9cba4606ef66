import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Files of a certificate, named as in the settings. */
export interface CertificateOnDisk {
  readonly CertificateFile: string
  readonly KeyFile: string
}

/** A hospital's own authority, and a certificate signed by it for `hostName`, which is not this machine's name. */
export async function signedCertificate(
  dir: string,
  name: string,
): Promise<CertificateOnDisk & { readonly caFile: string }> {
  const authority = await selfSignedCertificate(dir, `${name}-authority`)
  const by = ['-CA', authority.CertificateFile, '-CAkey', authority.KeyFile, '-addext', 'basicConstraints=CA:FALSE']
  const signed = await makeCertificate(dir, name, [...by, '-addext', `subjectAltName=DNS:${hostName}`])
  return { ...signed, caFile: authority.CertificateFile }
}

/** The host name in a signed certificate. */
export const hostName = 'triage.hospital.example'

export function selfSignedCertificate(dir: string, name: string): Promise<CertificateOnDisk> {
  return makeCertificate(dir, name, ['-addext', 'subjectAltName=IP:127.0.0.1'])
}

async function makeCertificate(dir: string, name: string, options: readonly string[]): Promise<CertificateOnDisk> {
  const files = { CertificateFile: join(dir, `${name}.pem`), KeyFile: join(dir, `${name}.key`) }
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', files.KeyFile]
  const subject = ['-subj', `/CN=${name}`, '-days', '2']
  await run('openssl', ['req', '-x509', ...key, '-out', files.CertificateFile, ...subject, ...options])
  return files
}
