import { deliverResults } from '../../deliver/deliver.ts'
import type { DeliveryTargets } from '../../deliver/delivery-targets.ts'
import { DicomWebArchive } from '../../intake/dicomweb-archive.ts'
import { OrthancArchive } from '../../intake/orthanc-archive.ts'
import type { OrthancClient } from '../../clients/orthanc-client.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { OpenTriage } from '../../analyse/open-triage.ts'
import { type Pipeline, type ResultKeeper, type StudyOutcome, triageStudy } from '../../pipeline.ts'
import type { StudyGate } from '../retraction/study-gate.ts'
import type { Tracing } from '../observe/tracing.ts'
import type { Servers } from '../../clients/servers.ts'

/** The settings that apply to a study. */
interface StudySettings extends Pick<Pipeline, 'rules' | 'report'> {
  readonly targets: DeliveryTargets
}

interface StudyTriageParts {
  readonly triage: OpenTriage
  readonly servers: Servers
  readonly orthanc: OrthancClient | undefined
  /** Returns the current settings. Read once per study, so that they do not change while it is processed. */
  readonly bySettings: () => StudySettings
  readonly keeperOf: (study: StudyRef) => ResultKeeper
  readonly gate: StudyGate
  readonly tracing: Tracing
}

/** Builds the function that retrieves, analyses and delivers a study with these servers. */
export function studyTriage(parts: StudyTriageParts): (study: StudyRef) => Promise<StudyOutcome> {
  const { triage, servers, orthanc, bySettings, keeperOf, gate, tracing } = parts
  const { dicomWeb } = servers
  const archive = orthanc === undefined ? new DicomWebArchive(dicomWeb) : new OrthancArchive(orthanc, dicomWeb)
  const { analyser, clock } = triage
  return (study) => {
    const { rules, report, targets } = bySettings()
    return tracing.follow(study, (onStep) =>
      triageStudy(study, {
        ...{ analyser, clock, rules, report, archive, keeper: keeperOf(study) },
        requireStandingModel: () => gate.requireStanding(),
        deliver: (results, priority) =>
          gate.deliver(results.resultKey, () => deliverResults(results, priority, targets)),
        ...(onStep && { onStep }),
      }),
    )
  }
}
