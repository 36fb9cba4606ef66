import { defineError } from '../../errors/triage-error.ts'

export const stateInUse = defineError(
  'SERVICE_STATE_IN_USE',
  'permanent',
  (path: string) =>
    `The state ${path} is in use by another process. Stop that one, or set another LungTriage.StateDir.`,
)

export const stateTooNew = defineError(
  'SERVICE_STATE_TOO_NEW',
  'permanent',
  (path: string, found: number, known: number) =>
    `The state ${path} was written by a newer version (schema ${found}, this one knows ${known}). Start that version, or go back with "lung-triage database rollback ${path} --to ${known}", which gives up what only that version knows and keeps a copy of it.`,
)

export const stateAbsent = defineError(
  'SERVICE_STATE_ABSENT',
  'permanent',
  (path: string) => `There is no state ${path}. Name store.sqlite or queue.sqlite in LungTriage.StateDir.`,
)

export const stateNotCopied = defineError(
  'SERVICE_STATE_NOT_COPIED',
  'permanent',
  (path: string, cause: string) =>
    `The state ${path} cannot be copied before its schema is changed (${cause}), so it was left as it is. Make room beside it for as much again.`,
)

export const rollbackNeedless = defineError(
  'SERVICE_ROLLBACK_NEEDLESS',
  'permanent',
  (path: string, schema: number) => `The state ${path} has schema ${schema} already. Nothing was changed.`,
)

export const rollbackImpossible = defineError(
  'SERVICE_ROLLBACK_IMPOSSIBLE',
  'permanent',
  (path: string, step: number) => `Step ${step} of the schema of ${path} cannot be undone. Nothing was changed.`,
)

export const rollbackFailed = defineError(
  'SERVICE_ROLLBACK_FAILED',
  'permanent',
  (path: string, to: number, cause: string) =>
    `The state ${path} cannot go back to schema ${to} (${cause}). Nothing was changed.`,
)

export const stateUnreadable = defineError(
  'SERVICE_STATE_UNREADABLE',
  'server',
  (what: string) => `The state holds ${what} that this version cannot read. Start the version that wrote it.`,
)

export const tokenUnreadable = defineError(
  'SERVICE_TOKEN_UNREADABLE',
  'permanent',
  (path: string) => `The token file ${path} is too short to be one. Delete it to have a new one made.`,
)
