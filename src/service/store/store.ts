import type { Decision } from '../../classify/prediction.ts'
import type { EmbeddedFhirStore, StoredFhirResource } from '../../deliver/embedded-fhir.ts'
import type { Score } from '../../feedback/drift.ts'
import type { Opinion } from '../../feedback/opinion.ts'
import type { AcknowledgedMessages } from '../../deliver/send-once.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { KeptResults, ResultKeeper } from '../../pipeline.ts'
import type { Actor } from '../../web/access/access.ts'
import type { DateSearch } from './fhir-date.ts'
import type { FhirKey } from './fhir-search.ts'
import type { Finding, Problem, ToldFinding } from './finding.ts'
import type { JobState } from '../queue/job-states.ts'
import type { RetractionStore } from '../retraction/retraction.ts'

/** Where a study stands. `attempt` counts from 1. */
export type Progress = { [State in JobState]: { readonly state: State } & ProgressFacts[State] }[JobState]

/** What is known of a study in each state. */
interface ProgressFacts {
  readonly waiting: unknown
  readonly active: { readonly attempt: number }
  readonly retrying: { readonly attempt: number; readonly retryAt: Date; readonly problem: Problem }
  readonly done: unknown
  readonly skipped: { readonly problem: Problem }
  readonly dead: { readonly attempt: number; readonly problem: Problem }
}

export interface StudyRecord {
  readonly study: StudyRef
  /** Order in which studies were first seen. */
  readonly arrival: number
  readonly arrivedAt: Date
  readonly updatedAt: Date
  readonly progress: Progress
  readonly finding: ToldFinding | undefined
}

/** A state that a study came into. */
export interface StudyEvent {
  readonly at: Date
  readonly progress: Progress
  /** Of a study that is done: the result that was found. */
  readonly resultKey: string | undefined
}

export const actionNames = [
  'sign-in',
  'retry',
  'cancel',
  'submit',
  'view-picture',
  'read-resource',
  'retract',
  'feedback',
] as const

/** Who did what, for the audit. */
export interface Action {
  readonly at: Date
  readonly actor: Actor
  readonly action: (typeof actionNames)[number]
  readonly studyInstanceUid: string | undefined
}

/** An action as it stands in the log. */
export interface LoggedAction extends Action {
  /** Counts up, from 1. */
  readonly number: number
}

/** Which actions are looked for: those that are all of it. */
export interface ActionSearch {
  readonly studyInstanceUid: string | undefined
  readonly dates: readonly DateSearch[]
}

/** The worklist. */
export interface StudyLedger {
  /**
   * Records a study as waiting. One that is known keeps its place in the order of arrival and its finding, and one that is being
   * worked on or waits for its next attempt also keeps its state.
   */
  arrived(study: StudyRef, at: Date): void
  /** @throws SERVICE_STATE_UNREADABLE for a study that never arrived */
  moveTo(studyInstanceUid: string, progress: Progress, at: Date): void
  /** Records the finding, and that the study is done. */
  found(studyInstanceUid: string, finding: Finding, at: Date): void
  get(studyInstanceUid: string): StudyRecord | undefined
  /** What happened to the study, oldest first. */
  history(studyInstanceUid: string): readonly StudyEvent[]
  /** What the study held when it was last taken in, as `noteContent` was told. */
  content(studyInstanceUid: string): string | undefined
  noteContent(studyInstanceUid: string, content: string): void
  /** Studies that arrived since then, and all that are unfinished or dead; in order of arrival. */
  since(time: Date): readonly StudyRecord[]
  unfinished(): readonly StudyRecord[]
  /** Since when the study waits that waits longest; undefined where none does. */
  waitingSince(): Date | undefined
  /** Studies whose finding has that accession number: an order may have several. */
  withAccession(accessionNumber: string): readonly StudyRecord[]
  /** Score of every analysed study that is kept, in order of arrival. */
  scores(): readonly Score[]
  countByState(): Readonly<Record<JobState, number>>
}

/** One of the results that a study ever had. */
export interface StudyResult {
  readonly resultKey: string
  /** See model-name.ts. */
  readonly model: string
  /** Undefined where nothing was analysed. */
  readonly decision: Decision | undefined
  readonly pictureCount: number
  /** When its model was retracted. */
  readonly withdrawnAt: Date | undefined
}

/** Built results, kept before delivery and for as long as the study is on the worklist. */
export interface ResultStore extends ResultKeeper {
  keptResults(key: string): KeptResults | undefined
  keepResults(key: string, kept: KeptResults): boolean
  latestResultKey(studyInstanceUid: string): string | undefined
  /** What was found by a result, in the words of its report. */
  conclusion(resultKey: string): string | undefined
  /** What the results that were kept last for a study are kept under. */
  latestInputKey(studyInstanceUid: string): string | undefined
  /** File of one picture of a study, counted from 0 in the order of its images. */
  picture(resultKey: string, index: number): Uint8Array<ArrayBuffer> | undefined
  /** Series Instance UIDs of all results ever kept for the study. */
  ownSeries(studyInstanceUid: string): ReadonlySet<string>
  /** Adds to them a series that is about results, and none itself. */
  noteOwnSeries(studyInstanceUid: string, seriesInstanceUid: string): void
  /** All results that are kept for the study, of whatever model, oldest first. */
  ofStudy(studyInstanceUid: string): readonly StudyResult[]
  /** Models that kept results are of. */
  models(): readonly string[]
}

/** How far a feed of the archive was handled. */
export interface FeedPositions {
  position(feed: string): number | undefined
  moveTo(feed: string, position: number): void
}

export interface ActionLog {
  record(action: Action): void
  /** Newest first. */
  latest(limit: number): readonly LoggedAction[]
  get(number: number): LoggedAction | undefined
  /** On one study, oldest first. */
  ofStudy(studyInstanceUid: string): readonly LoggedAction[]
  /** Logged after that one, oldest first. */
  after(number: number, limit: number): readonly LoggedAction[]
  count(search: ActionSearch): number
  /** Oldest first, so that pages of a search stay what they are while actions are added. */
  find(search: ActionSearch, page: { readonly offset: number; readonly limit: number }): readonly LoggedAction[]
}

/** What readers said of results. Nothing is overwritten: the latest of a result and source is the one that stands. */
export interface OpinionStore {
  /** @returns false where that version of a report was recorded before for that result */
  record(opinion: Opinion): boolean
  /** The latest of each source on a result, those withdrawn left out. */
  standing(resultKey: string): readonly Opinion[]
  /** The latest of each result and source, those withdrawn left out; oldest first. */
  allStanding(): readonly Opinion[]
  /** All that was ever said on a study's results, oldest first. */
  ofStudy(studyInstanceUid: string): readonly Opinion[]
}

/** FHIR resources, with the searches that the service's own `/fhir` offers. */
export interface FhirResourceStore extends EmbeddedFhirStore {
  /** Resources that carry every one of the keys (any of each key's values), in the order they were first put. */
  find(resourceType: string, keys: readonly FhirKey[]): readonly StoredFhirResource[]
}

/** All state but the jobs, owned by the one coordinator. What was written is durable when the call returns. */
export interface Store {
  readonly studies: StudyLedger
  readonly results: ResultStore
  readonly retractions: RetractionStore
  readonly feeds: FeedPositions
  readonly actions: ActionLog
  readonly opinions: OpinionStore
  /** HL7 v2 messages that need not be sent again. */
  readonly acknowledged: AcknowledgedMessages
  /** FHIR resources, where no FHIR server is set. */
  readonly fhir: FhirResourceStore
  /**
   * Forgets studies finished before then and their kept results; FHIR resources, retractions and actions stay, and opinions without saying of which
   * study. Says how many.
   */
  purge(before: Date): number
  close(): void
}
