import { unauthorized } from '../../clients/http/errors.ts'
import type { HttpService } from '../../clients/http/http-service.ts'
import { OrthancClient } from '../../clients/orthanc-client.ts'
import { lossyTransferSyntaxes, transferSyntax } from '../../dicom/transfer-syntax.ts'
import type { ConfigurationProblem } from '../orthanc-configuration.ts'
import type { OrthancSettings } from '../orthanc-settings.ts'

/** Orthanc 1.10.1 returns the first LimitFindResults matches of a search and no further page; 1.12.7 pages. */
const firstWithPages = [1, 12, 7] as const

/**
 * What in Orthanc prevents the service from finding studies or delivering results. Nothing if Orthanc does not answer:
 * its probe reports that.
 */
export async function orthancProblems(
  orthanc: HttpService,
  settings: OrthancSettings,
): Promise<readonly ConfigurationProblem[]> {
  const client = new OrthancClient(orthanc)
  const system = await client.system().catch(() => undefined)
  if (system === undefined) return []
  return [...settingProblems(settings, system.Version), ...(await permissionProblems(client))]
}

function settingProblems(
  { IngestTranscoding = '', LimitFindResults = 0 }: OrthancSettings,
  version: string,
): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = []
  if (lossyTransferSyntaxes.has(IngestTranscoding))
    problems.push({
      path: 'IngestTranscoding',
      message: `is lossy (${IngestTranscoding}), so Orthanc stores images under new UIDs and results cannot be delivered. Use a lossless transfer syntax, for example ${transferSyntax.jpeg2000Lossless}.`,
    })
  if (LimitFindResults > 0 && isBefore(version, firstWithPages))
    problems.push({
      path: 'LimitFindResults',
      message: `limits searches in Orthanc ${version} to ${LimitFindResults} studies without further pages, so backfill misses studies. Set it to 0 or install Orthanc ${firstWithPages.join('.')}.`,
    })
  return problems
}

async function permissionProblems(client: OrthancClient): Promise<ConfigurationProblem[]> {
  try {
    await client.requireWriteAccess()
    return []
  } catch (error) {
    if (!unauthorized.matches(error)) return []
    const message =
      'may only read in Orthanc, so results cannot be delivered. Allow this user POST, PUT and DELETE under /studies, /tools, /modalities and the DICOMweb root.'
    return [{ path: 'LungTriage.Orthanc.Username', message }]
  }
}

/** Development builds have no number (`mainline`) and count as current. */
function isBefore(version: string, first: readonly number[]): boolean {
  const numbers = version.split('.').map(Number)
  if (numbers.some(Number.isNaN)) return false
  const differing = first.findIndex((number, index) => (numbers[index] ?? 0) !== number)
  return differing >= 0 && (numbers[differing] ?? 0) < first[differing]!
}
