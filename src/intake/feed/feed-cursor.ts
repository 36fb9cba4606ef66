/** The stored position in a feed, durable once `write` returns. 0 before the first write. */
export interface FeedCursor {
  read(): number
  write(position: number): void
}

/** Identifies a change beyond its number: another database assigns the same numbers to other changes. */
export interface ChangeMark {
  readonly id: string
  /** Milliseconds; undefined if Orthanc states no valid time. */
  readonly atMs?: number | undefined
}

/** A place in Orthanc's change log. */
export interface LogPosition {
  /** Number of the last change that was processed. */
  readonly seq: number
  /** That change; null if the log was empty. Undefined if a version stored the position that noted no changes. */
  readonly mark?: ChangeMark | null | undefined
  /** Orthanc's ids of studies that grow and whose changes may all be before the position. */
  readonly growing: readonly string[]
}

/** The stored place in Orthanc's change log, durable once `write` returns. Undefined before the first write. */
export interface LogCursor {
  read(): LogPosition | undefined
  write(position: LogPosition): void
}

/** A stored time in milliseconds, durable once `write` returns; undefined before the first write. */
export interface StoredTime {
  read(): number | undefined
  write(ms: number): void
}

/** Times of Orthanc's clock that limit which studies of the archive are new. */
export interface FeedTimes {
  /** When the feed started for the first time. Studies that arrived before are not taken. */
  readonly line: StoredTime
  /** All studies that arrived until then were compared with the worklist. */
  readonly reconciled: StoredTime
}
