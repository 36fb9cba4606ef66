import { fileURLToPath } from 'node:url'

/** The radiographs of children that shipped models were trained and are evaluated on; the repository does not hold them. */
export const sharedChildrenDir = fileURLToPath(new URL('../../../shared/data', import.meta.url))
