import { Option } from 'commander'
import type { JsonOption } from '../command-options.ts'

/** Options of all training commands. */
export interface TrainingOptions extends JsonOption {
  readonly data: string
}

export const dataOption = new Option('--data <dir>', 'folder with kermany.csv and its images').makeOptionMandatory()

export const defaultAtlas = 'lung-atlas/1.0.0'
