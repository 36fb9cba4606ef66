import { trustCertificateAuthorities } from '../../clients/http/certificate-authorities.ts'
import { settingsAmong } from '../declarations.ts'
import { valueAt } from '../setting-values.ts'
import { type Settings, declarations } from '../settings.ts'

/**
 * Makes this process trust the certificate authorities that the settings name.
 * @throws HTTP_AUTHORITY_UNREADABLE
 */
export function trustSettings(settings: Settings): Promise<void> {
  return trustCertificateAuthorities(trustedAuthorities(settings))
}

/** CA files that TLS clients of this process trust. */
export function trustedAuthorities(settings: Settings): readonly string[] {
  return settingsAmong(declarations)
    .filter(({ nature }) => nature.holds === 'authority')
    .map(({ path }) => valueAt(settings, path))
    .filter((file) => typeof file === 'string')
}
