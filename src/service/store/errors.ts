import { defineError } from '../../errors/triage-error.ts'

export const stateInUse = defineError(
  'SERVICE_STATE_IN_USE',
  'permanent',
  (path: string) =>
    `The state ${path} is in use by another process. Stop that process or set another LungTriage.StateDir.`,
)

export const stateTooNew = defineError(
  'SERVICE_STATE_TOO_NEW',
  'permanent',
  (path: string, found: number, known: number) =>
    `The state ${path} was written by a newer version (schema ${found}; this version supports ${known}). Start the newer version, or roll back with "lung-triage database rollback ${path} --to ${known}". A rollback keeps a copy and drops data that only the newer version supports.`,
)

export const stateAbsent = defineError(
  'SERVICE_STATE_ABSENT',
  'permanent',
  (path: string) =>
    `The state ${path} does not exist. Give the path of store.sqlite or queue.sqlite in LungTriage.StateDir.`,
)

export const stateNotCopied = defineError(
  'SERVICE_STATE_NOT_COPIED',
  'permanent',
  (path: string, cause: string) =>
    `The state ${path} cannot be copied before its schema change (${cause}). Nothing was changed. Free disk space in its folder, at least the size of the file.`,
)

export const rollbackNeedless = defineError(
  'SERVICE_ROLLBACK_NEEDLESS',
  'permanent',
  (path: string, schema: number) => `The state ${path} already has schema ${schema}. Nothing was changed.`,
)

export const rollbackImpossible = defineError(
  'SERVICE_ROLLBACK_IMPOSSIBLE',
  'permanent',
  (path: string, step: number) =>
    `Schema step ${step} of ${path} cannot be undone. Nothing was changed. Start the newer version.`,
)

export const rollbackFailed = defineError(
  'SERVICE_ROLLBACK_FAILED',
  'permanent',
  (path: string, to: number, cause: string) =>
    `The state ${path} cannot be rolled back to schema ${to} (${cause}). Nothing was changed.`,
)

export const stateUnreadable = defineError(
  'SERVICE_STATE_UNREADABLE',
  'server',
  (what: string) => `This version cannot read the state: it contains ${what}. Start the version that wrote it.`,
)

export const stateDamaged = defineError(
  'SERVICE_STATE_DAMAGED',
  'server',
  (problem: string) => `The state is damaged: ${problem}. Restore LungTriage.StateDir from a backup.`,
)

export const studyUnrecorded = defineError(
  'SERVICE_STUDY_UNRECORDED',
  'server',
  () =>
    'The queue contains a study that has no record in store.sqlite, probably because an older copy was restored. Run "lung-triage backfill" for the days after that copy.',
)

export const tokenUnreadable = defineError(
  'SERVICE_TOKEN_UNREADABLE',
  'permanent',
  (path: string) => `The token in ${path} is too short. Delete the file; the service then creates a new token.`,
)

export const stateFull = defineError(
  'SERVICE_STATE_FULL',
  'transient',
  (path: string) =>
    `The disk is full: ${path} cannot be written. Free disk space in its folder. The service then continues by itself.`,
  503,
)

export const stateUnwritable = defineError(
  'SERVICE_STATE_UNWRITABLE',
  'transient',
  (path: string, cause: string) =>
    `The disk fails: ${path} cannot be read or written (${cause}). Check the disk, its mount and the owner of the file. The service then continues by itself.`,
  503,
)

export const databaseDamaged = defineError(
  'SERVICE_DATABASE_DAMAGED',
  'server',
  (path: string, cause: string, repair: string) =>
    `The database ${path} is damaged (${cause}). Stop the service. ${repair}`,
  503,
)

export const backupFailed = defineError(
  'SERVICE_BACKUP_FAILED',
  'server',
  (path: string, cause: string) =>
    `The database ${path} cannot be copied (${cause}). It is unchanged. Free disk space, at least the size of the file.`,
  503,
)

export const backupExists = defineError(
  'SERVICE_BACKUP_EXISTS',
  'permanent',
  (folder: string) => `The folder ${folder} already contains a backup. Nothing was changed. Give a new folder.`,
)

export const backupIncomplete = defineError(
  'SERVICE_BACKUP_INCOMPLETE',
  'permanent',
  (folder: string) =>
    `The folder ${folder} contains no store.sqlite. Nothing was changed. Give a folder that "lung-triage database backup" wrote.`,
)
