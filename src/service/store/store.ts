import type { Decision } from '../../classify/prediction.ts'
import type { EmbeddedFhirStore, StoredFhirResource } from '../../deliver/embedded-fhir.ts'
import type { Score } from '../../feedback/drift.ts'
import type { Opinion } from '../../feedback/opinion.ts'
import type { AcknowledgedMessages } from '../../deliver/send-once.ts'
import type { StudiesAtLine } from '../../intake/feed/study-poll.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { KeptResults, ResultKeeper } from '../../pipeline.ts'
import type { Actor } from '../../web/access/access.ts'
import type { DateSearch } from './fhir-date.ts'
import type { FhirKey } from './fhir-search.ts'
import type { Finding, Problem, ToldFinding } from './finding.ts'
import type { JobState } from '../queue/job-states.ts'
import type { DeliveryStore } from '../deliveries/delivery.ts'
import type { IdentityVerdict } from '../../report/identity/identity-change.ts'
import type { WithdrawalCause } from '../../report/withdrawal-cause.ts'
import type { RetractionStore } from '../retraction/retraction.ts'

/** The state of a study. `attempt` counts from 1. */
export type Progress = { [State in JobState]: { readonly state: State } & ProgressFacts[State] }[JobState]

/** The facts that belong to each state. */
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

/** A change of a study's state. */
export interface StudyEvent {
  readonly at: Date
  readonly progress: Progress
  /** The result, if the new state is `done`. */
  readonly resultKey: string | undefined
}

export const actionNames = [
  'sign-in',
  'retry',
  'retry-delivery',
  'acknowledge-delivery',
  'cancel',
  'submit',
  'view-picture',
  'read-resource',
  'retract',
  'feedback',
  'decide-identity',
] as const

/** Who did what, for the audit. */
export interface Action {
  readonly at: Date
  readonly actor: Actor
  readonly action: (typeof actionNames)[number]
  readonly studyInstanceUid: string | undefined
}

/** An action in the log. */
export interface LoggedAction extends Action {
  /** Counts up from 1. */
  readonly number: number
}

/** A search for actions that meet all conditions. */
export interface ActionSearch {
  readonly studyInstanceUid: string | undefined
  readonly dates: readonly DateSearch[]
}

/** The worklist. */
export interface StudyLedger {
  /**
   * Records a study as waiting. A known study keeps its place in the order of arrival and its finding. An active or
   * retrying study also keeps its state.
   */
  arrived(study: StudyRef, at: Date): void
  /** @throws SERVICE_STUDY_UNRECORDED for a study that never arrived */
  moveTo(studyInstanceUid: string, progress: Progress, at: Date): void
  /** Records the finding, and the study as done. */
  found(studyInstanceUid: string, finding: Finding, at: Date): void
  get(studyInstanceUid: string): StudyRecord | undefined
  /** The changes of the study's state, oldest first. */
  history(studyInstanceUid: string): readonly StudyEvent[]
  /** The content of the study when it was last queued, as given to `noteContent`. */
  content(studyInstanceUid: string): string | undefined
  noteContent(studyInstanceUid: string, content: string): void
  /**
   * Studies that arrived since `time`, and all unfinished ones, dead letters and those with open deliveries, in order of
   * arrival.
   */
  since(time: Date): readonly StudyRecord[]
  unfinished(): readonly StudyRecord[]
  /** When the longest-waiting study started to wait; undefined if none is waiting. */
  waitingSince(): Date | undefined
  /** Studies whose finding has that accession number. An order may have several studies. */
  withAccession(accessionNumber: string): readonly StudyRecord[]
  /** The study that Orthanc had under that id when it was last queued. */
  withOrthancId(orthancId: string): StudyRecord | undefined
  /** The score of every analysed study in the store, in order of arrival. */
  scores(): readonly Score[]
  countByState(): Readonly<Record<JobState, number>>
}

/** A result of a study, current or superseded. */
export interface StudyResult {
  readonly resultKey: string
  /** See model-name.ts. */
  readonly model: string
  /** Undefined if nothing was analysed. */
  readonly decision: Decision | undefined
  readonly pictureCount: number
  /** When it or its model was withdrawn; undefined if it is valid. */
  readonly withdrawnAt: Date | undefined
  readonly withdrawalCause: WithdrawalCause | undefined
}

/** Built results, stored before delivery and for as long as the study is on the worklist. */
export interface ResultStore extends ResultKeeper {
  keptResults(resultKey: string): KeptResults | undefined
  keepResults(kept: KeptResults): boolean
  /** Of the latest results that were not withdrawn on their own. */
  latestResultKey(studyInstanceUid: string): string | undefined
  /** The conclusion in the report of a result. */
  conclusion(resultKey: string): string | undefined
  latestRevision(studyInstanceUid: string, findingKey: string): number | undefined
  identityVerdict(resultKey: string): IdentityVerdict | undefined
  /** Notes what a person decided. */
  decideIdentity(resultKey: string, verdict: IdentityVerdict): void
  /** The latest revision of every finding of the study, by finding key. They are never purged. */
  latestRevisions(studyInstanceUid: string): ReadonlyMap<string, number>
  /** The file of a result's picture. `index` counts from 0 in the order of the images. */
  picture(resultKey: string, index: number): Uint8Array<ArrayBuffer> | undefined
  /** Series Instance UIDs of everything that this service wrote for the study. */
  ownSeries(studyInstanceUid: string): ReadonlySet<string>
  /** Adds a series that is not a result but refers to one: a rejection note. */
  noteOwnSeries(studyInstanceUid: string, seriesInstanceUid: string): void
  /** All stored results of the study, of every model, oldest first. */
  ofStudy(studyInstanceUid: string): readonly StudyResult[]
  /** The models of all stored results. */
  models(): readonly string[]
}

/** The position up to which each feed was processed. */
export interface FeedPositions {
  position(feed: string): number | undefined
  /** What the feed noted at its position, as JSON. */
  mark(feed: string): string | undefined
  moveTo(feed: string, position: number, mark?: string): void
}

export interface ActionLog {
  record(action: Action): void
  /** Newest first. */
  latest(limit: number): readonly LoggedAction[]
  get(number: number): LoggedAction | undefined
  /** Actions on one study, oldest first. */
  ofStudy(studyInstanceUid: string): readonly LoggedAction[]
  /** Actions after that number, oldest first. */
  after(number: number, limit: number): readonly LoggedAction[]
  count(search: ActionSearch): number
  /** Oldest first, so that the pages of a search do not shift while actions are added. */
  find(search: ActionSearch, page: { readonly offset: number; readonly limit: number }): readonly LoggedAction[]
}

/** Readers' opinions on results. Nothing is overwritten: the latest opinion per result and source is the valid one. */
export interface OpinionStore {
  /** @returns false if that version of a report is already recorded for that result */
  record(opinion: Opinion): boolean
  /** The latest opinion of each source on a result, except withdrawn ones. */
  standing(resultKey: string): readonly Opinion[]
  /** The latest opinion per result and source, except withdrawn ones; oldest first. */
  allStanding(): readonly Opinion[]
  /** All opinions ever recorded on a study's results, oldest first. */
  ofStudy(studyInstanceUid: string): readonly Opinion[]
}

/** FHIR resources, with the searches of the service's own `/fhir`. */
export interface FhirResourceStore extends EmbeddedFhirStore {
  /** Resources that have every key (any of its values), in the order in which they were first stored. */
  find(resourceType: string, keys: readonly FhirKey[]): readonly StoredFhirResource[]
}

/** All state except the jobs. Only the coordinator owns it. A write is durable when its call returns. */
export interface Store {
  readonly studies: StudyLedger
  readonly results: ResultStore
  readonly retractions: RetractionStore
  readonly deliveries: DeliveryStore
  readonly feeds: FeedPositions
  /** The studies that the first poll by QIDO-RS found. */
  readonly atLine: StudiesAtLine
  readonly actions: ActionLog
  readonly opinions: OpinionStore
  /** HL7 v2 messages that the receiver has acknowledged. */
  readonly acknowledged: AcknowledgedMessages
  /** FHIR resources, if no FHIR server is set. */
  readonly fhir: FhirResourceStore
  /**
   * Deletes studies that finished before then, with their results, and copies of databases. FHIR resources, retractions
   * and actions stay. Opinions stay without their study. A first call only notes what is to be deleted, and a call that
   * follows after a day deletes what is still to be deleted.
   * @param ranMs how long the service has run since the call before
   * @returns how many studies were deleted
   */
  purge(before: Date, ranMs: number): number
  /**
   * Fails if a write is likely to fail, before work is done whose result could not be stored.
   * @throws SERVICE_STATE_FULL, SERVICE_DATABASE_DAMAGED
   */
  requireSound(): void
  /**
   * Writes to the file, changing nothing.
   * @throws SERVICE_STATE_FULL, SERVICE_STATE_UNWRITABLE, SERVICE_DATABASE_DAMAGED
   */
  probe(): void
  close(): void
}
