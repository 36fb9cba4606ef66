import { FhirReports } from '../../intake/fhir-reports.ts'
import type { OrthancClient } from '../../clients/orthanc-client.ts'
import { OrthancReports } from '../../intake/orthanc-reports.ts'
import { systemClock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { type StartReadBack, readBack } from '../read-back/read-back.ts'
import type { Store } from '../store/store.ts'
import type { Settings } from '../../settings/settings.ts'
import type { Servers } from '../../clients/servers.ts'

/** Reads radiologists' opinions from the configured sources: the FHIR server and signed reports in Orthanc. */
export function readBackBy(
  { Feedback, Fhir, Retention }: Settings,
  { fhir }: Servers,
  orthanc: OrthancClient | undefined,
  store: Store,
  log: Log,
): StartReadBack {
  const pollMinutes = Feedback.FhirPollMinutes
  const accessionSystem = Fhir.AccessionIdentifierSystem
  return readBack({
    fhir: fhir && pollMinutes > 0 ? { reports: new FhirReports(fhir), pollMinutes, accessionSystem } : undefined,
    signedReports: orthanc && Feedback.SignedReports !== false ? new OrthancReports(orthanc) : undefined,
    retentionDays: Retention.Days,
    ...{ store, log, clock: systemClock },
  })
}
