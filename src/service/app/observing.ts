import { systemClock } from '../../clock.ts'
import { type Log, type StudyKey, studyKeyWith } from '../../log.ts'
import { deriveKey } from '../cluster/seal.ts'
import { resolveLogSalt } from '../store/secrets.ts'
import { type Tracing, noTracing, openTracing } from '../observe/tracing.ts'
import type { Settings } from '../../settings/settings.ts'

/** The key of a study in the logs. It is the same on all machines that share the work. */
export function studyKeyOf(settings: Settings): StudyKey {
  const { Secret } = settings.Queue
  return studyKeyWith(
    Secret === undefined ? resolveLogSalt(settings.StateDir) : deriveKey(Secret, 'study keys').toString('hex'),
  )
}

/** Tracing over OTLP if it is configured, otherwise none. */
export function tracingOf({ Tracing }: Settings, version: string, studyKey: StudyKey, log: Log): Promise<Tracing> {
  if (Tracing === undefined) return Promise.resolve(noTracing)
  return openTracing({ otlpUrl: Tracing.OtlpUrl, version, studyKey, clock: systemClock, log })
}
