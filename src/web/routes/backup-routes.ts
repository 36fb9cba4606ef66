import type { Access } from '../access/access.ts'
import { requireActor } from '../access/http-access.ts'
import { tokenRequired } from '../errors.ts'
import { type Route, post } from './route.ts'

export interface BackupOptions {
  readonly access: Access
  /** Copies the databases into the state folder, from which `database backup` fetches them. */
  readonly backUp: () => Promise<void>
}

/** Only for whoever can read the state folder: the copies hold patient data and take disk space. */
export function backupRoutes({ access, backUp }: BackupOptions): readonly Route[] {
  return [
    post('/api/backups', async (request, response) => {
      if (requireActor(request, access) !== 'token') throw tokenRequired()
      await backUp()
      response.status(201).json({ status: 'done' })
    }),
  ]
}
