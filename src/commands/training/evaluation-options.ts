import type { ModelOptions } from '../command-options.ts'
import type { TrainingOptions } from './training-options.ts'

/** Options of `evaluate`, which its commands share. */
export interface EvaluationOptions extends TrainingOptions, ModelOptions {
  readonly split: 'train' | 'validation' | 'test'
  readonly record?: true
  /** Folder for the report. */
  readonly out?: string
}
