import type { StudyRecord } from '../../service/store/store.ts'
import type { Troubled, WorklistFilter } from '../worklist-filter.ts'
import type { Period } from './worklist-filter-form.ts'

/** A request for a page of the worklist. */
export interface AskedWorklist {
  /**
   * Studies of the period, and older ones that are unfinished, dead letters or not delivered everywhere; for a search,
   * all stored studies.
   */
  readonly records: readonly StudyRecord[]
  readonly troubled: Troubled
  readonly period: Period
  readonly filter: WorklistFilter
  /** From 1. */
  readonly page: number
}
