import { InvalidArgumentError, Option } from 'commander'
import { type EngineProvider, engineProviders } from '../classify/engine.ts'
import { modelVersion } from '../classify/model-name.ts'

// Options shared by several commands.

export interface JsonOption {
  json?: true
}

/** The model, and the engine that runs it. */
export interface ModelOptions {
  readonly model: string
  readonly provider: EngineProvider
}

export const jsonOption = new Option('--json', 'print only JSON on stdout, one object per line')

export const modelOption = new Option('--model <name>', 'model below models/, or an absolute path').default(
  'pneumonia/1.0.1',
)

export const providerOption = new Option('--provider <name>', 'execution provider that runs the network')
  .choices(engineProviders)
  .default('auto')

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number')
  return Number(text)
}

export function versionNumber(text: string): string {
  if (!modelVersion.test(text)) throw new InvalidArgumentError('must be a version like 1.0.0')
  return text
}

export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('must be a number greater than 0')
  return value
}

/** A calendar date in DICOM form (DA, PS3.5 6.2). */
export function dicomDay(text: string): string {
  const iso = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
  const time = /^\d{8}$/.test(text) ? Date.parse(iso) : NaN
  // Date.parse reads 31 February as 3 March.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(iso))
    throw new InvalidArgumentError('must be a calendar date in the form YYYYMMDD')
  return text
}
