import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkModelFolder, modelDir } from '../../analyse/model-folder.ts'
import { causeCode } from '../../clients/http/failures.ts'
import { readOwnCertificate, requireUnexpired } from '../../web/own-certificate.ts'
import type { Settings } from '../settings.ts'
import type { Probe } from './server-probes.ts'

/** Files that the settings name. */
export type FileProbe = 'file' | 'parent-folder' | 'model-folder' | 'certificate'

export interface FilesAsked {
  readonly settings: Settings
  readonly now: Date
}

/** Check the files that the settings name. */
export const fileProbes: Readonly<Record<FileProbe, Probe<FilesAsked>>> = {
  file: { checks: 'the file exists', ask: (file) => requirePath(file, 'the file') },
  'parent-folder': {
    checks: 'its parent folder exists',
    ask: (folder) => requirePath(dirname(folder), 'its parent folder'),
  },
  'model-folder': { checks: 'the model can be loaded', ask: (model) => checkModelFolder(modelDir(model)) },
  certificate: {
    checks: 'the key matches the certificate and the certificate has not expired',
    ask: async (_section, { settings, now }) => {
      const { Tls } = settings.Http
      if (Tls !== undefined) requireUnexpired(Tls, await readOwnCertificate(Tls), now)
    },
  },
}

/** Rejects with a sentence that names the path. */
async function requirePath(path: string, what: string): Promise<void> {
  await access(path).catch((error: unknown) => {
    throw new Error(`${what} ${path} cannot be accessed (${causeCode(error)})`)
  })
}
