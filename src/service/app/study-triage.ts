import type { ImageArchive } from '../../intake/archive.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { OpenTriage } from '../../analyse/open-triage.ts'
import { type Pipeline, type ResultKeeper, type StudyOutcome, triageStudy } from '../../pipeline.ts'
import type { Tracing } from '../observe/tracing.ts'

interface StudyTriageParts {
  readonly triage: OpenTriage
  readonly archive: ImageArchive
  /** Returns the current settings. Read once per study, so that they do not change while it is processed. */
  readonly bySettings: () => Pick<Pipeline, 'rules' | 'report'>
  readonly keeperOf: (study: StudyRef) => ResultKeeper
  readonly requireStandingModel: () => void | Promise<void>
  readonly tracing: Tracing
}

/** Builds the function that retrieves and analyses a study. */
export function studyTriage(parts: StudyTriageParts): (study: StudyRef) => Promise<StudyOutcome> {
  const { triage, archive, bySettings, keeperOf, requireStandingModel, tracing } = parts
  const { analyser, clock } = triage
  return (study) =>
    tracing.follow(study, (onStep) =>
      triageStudy(study, {
        ...{ analyser, clock, ...bySettings(), archive, keeper: keeperOf(study), requireStandingModel },
        ...(onStep && { onStep }),
      }),
    )
}
