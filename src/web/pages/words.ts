import type { Decision } from '../../classify/prediction.ts'
import { isoDay } from '../../dicom/date-and-time.ts'
import { percent as percentOf } from '../../report/percent.ts'
import type { Actor } from '../access/access.ts'
import type { Problem } from '../../service/store/finding.ts'
import type { JobState } from '../../service/queue/job-states.ts'
import type { StudyRecord } from '../../service/store/store.ts'
import { type Html, html } from './html.ts'

export const decisionWords: Readonly<Record<Decision, string>> = {
  present: 'Pneumonia present',
  absent: 'Pneumonia absent',
  undetermined: 'Pneumonia undetermined',
}

export const stateWords: Readonly<Record<JobState, string>> = {
  waiting: 'Waiting',
  active: 'Being analysed',
  retrying: 'Retry scheduled',
  done: 'Done',
  skipped: 'Skipped',
  dead: 'Failed',
}

export function wholePercent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** `2026-03-02` */
export function isoDate(time: Date): string {
  return time.toISOString().slice(0, 10)
}

/** The same rounding as in report and picture. */
export function percent(share: number): string {
  return `${percentOf(share)} %`
}

/** A time in UTC, which the browser rewrites to the reader's time zone. */
export function moment(time: Date): Html {
  return html`<time datetime="${time.toISOString()}">${time.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`
}

/** A DICOM date for readers; one that is not valid is shown as it is. */
export function calendarDate(dicomDate: string): string {
  return isoDay(dicomDate) ?? dicomDate
}

/** Display name of a study: its accession number, or the end of its UID. */
export function studyName({ study, finding }: StudyRecord): string {
  return finding?.accessionNumber ?? uidEnd(study.studyInstanceUid)
}

export function uidEnd(uid: string): string {
  return `…${uid.slice(-8)}`
}

export function problemLine({ code, reason }: Problem): Html {
  return html`<p class="problem">${reason} <code>${code}</code></p>`
}

/** `pneumonia/1.0.1` as `pneumonia 1.0.1`. */
export function modelWords(model: string): string {
  return model.replace('/', ' ')
}

/** Only users of Orthanc have names. */
export function actorWords(actor: Actor | 'report'): string {
  switch (actor) {
    case 'token':
      return 'A client with the service token'
    case 'session':
      return 'A signed-in browser'
    case 'plugin':
      return 'The plugin in Orthanc'
    case 'report':
      return 'A report'
    default:
      return `${actor.slice('orthanc:'.length)} (Orthanc)`
  }
}
