import type { StudyRecord } from '../../service/store/store.ts'
import type { WorklistFilter } from '../worklist-filter.ts'
import type { Period } from './worklist-filter-form.ts'

/** What a page of the worklist is asked to show. */
export interface AskedWorklist {
  /** All of the period; all that are kept where something is searched for. */
  readonly records: readonly StudyRecord[]
  readonly period: Period
  readonly filter: WorklistFilter
  /** From 1. */
  readonly page: number
}
