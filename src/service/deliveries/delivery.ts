import type { TargetName } from '../../deliver/delivery-targets.ts'
import type { Actor } from '../../web/access/access.ts'
import type { Problem } from '../store/finding.ts'

/**
 * What became of a result at one target: `dropped` if it must not be sent any more, because a newer result replaces it,
 * the archive no longer has the study, or the target was switched off; `dead` if a person must look at it.
 */
export const deliveryStates = ['pending', 'done', 'dropped', 'dead'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** A result on its way to one target, for the pages. */
export interface StudyDelivery {
  readonly target: TargetName
  readonly resultKey: string
  readonly state: DeliveryState
  /** When it was queued, or last asked for by a user. */
  readonly since: Date
  /** Failed attempts so far. */
  readonly attempts: number
  /** When it is tried next, if it is pending. */
  readonly due: Date
  /** Why the last attempt failed, in the server's own words where it gave any. */
  readonly problem: Problem | undefined
  readonly acknowledgement: Acknowledgement | undefined
}

/** A pending delivery is late after an hour. A server that restarts is back by then. */
export const lateAfterMs = 60 * 60_000

/** A delivery that is late, or a dead letter that nobody has acknowledged. */
export interface DeliveryTrouble {
  readonly studyInstanceUid: string
  readonly target: TargetName
  readonly state: OpenState
}

export type OpenState = Extract<DeliveryState, 'pending' | 'dead'>

/** The deliveries of one target and state that are not settled. */
export interface OpenDeliveries {
  readonly target: TargetName
  readonly state: OpenState
  readonly count: number
  /** When the oldest was queued. */
  readonly since: Date
}

/** Why nobody needs to look at a dead letter any more. */
export interface Acknowledgement {
  readonly at: Date
  readonly actor: Actor
  readonly reason: string
}

/** A delivery that is due. */
export interface DueDelivery {
  readonly id: number
  readonly resultKey: string
  readonly studyInstanceUid: string
  /** Counted from 1. */
  readonly attempt: number
  /** How long it has waited between attempts. Not by the time of day, which can be set. */
  readonly waitedMs: number
}

/** What a delivery is claimed by. */
export interface DueSearch {
  readonly target: TargetName
  /** The target that must have the result before. */
  readonly after: TargetName | undefined
  readonly now: Date
  /** Studies of which this target is being sent something. */
  readonly except: ReadonlySet<string>
}

/** Results on their way to their targets. Each target has its own queue, so that one that hangs holds up no other. */
export interface DeliveryStore {
  /**
   * Queues a result for these targets, again if it was delivered before. What is still pending of the study's other
   * results is dropped.
   */
  queue(result: { resultKey: string; studyInstanceUid: string }, targets: readonly TargetName[], at: Date): void
  next(search: DueSearch): DueDelivery | undefined
  /** Whether it is still to be sent. */
  isPending(id: number): boolean
  done(id: number): void
  dropped(id: number, problem: Problem): void
  retryIn(id: number, waitMs: number, now: Date, problem: Problem): void
  dead(id: number, problem: Problem): void
  /** Those of the latest result that was queued, in the order of the targets. */
  ofStudy(studyInstanceUid: string): readonly StudyDelivery[]
  /** Tries a dead letter again, or now what waits for a retry. Returns whether there was one. */
  again(studyInstanceUid: string, target: TargetName, at: Date): boolean
  /** Notes that a person has looked at a dead letter. Returns whether there was one. */
  acknowledge(studyInstanceUid: string, target: TargetName, acknowledgement: Acknowledgement): boolean
  /** Pending deliveries and dead letters that nobody has acknowledged, by target. */
  open(): readonly OpenDeliveries[]
  /** Deliveries that have been pending since before then, and dead letters that nobody has acknowledged. */
  troubled(pendingSince: Date): readonly DeliveryTrouble[]
}
