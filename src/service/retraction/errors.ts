import { defineError } from '../../errors/triage-error.ts'

export const modelRetracted = defineError(
  'SERVICE_MODEL_RETRACTED',
  'permanent',
  (model: string, day: string) =>
    `The model ${model} was retracted on ${day} and no longer analyses studies. Set another LungTriage.Model, restart, then retry.`,
)

export const modelUnknown = defineError(
  'SERVICE_MODEL_UNKNOWN',
  'permanent',
  (known: readonly string[]) =>
    `Unknown model: it is not in use and has no results here. Known models: ${known.join(', ')}.`,
  404,
)

export const resultWithdrawn = defineError(
  'SERVICE_RESULT_WITHDRAWN',
  'permanent',
  (reason: string) => `The picture is withdrawn. ${reason}`,
  410,
)

export const modelAmbiguous = defineError(
  'SERVICE_MODEL_AMBIGUOUS',
  'permanent',
  (models: readonly string[]) => `Several models have this version (${models.join(', ')}). Give name and version.`,
  400,
)
