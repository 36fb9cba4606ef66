import { fileURLToPath } from 'node:url'

/** Children's radiographs on which the shipped models are trained and evaluated; they are not in the repository. */
export const sharedChildrenDir = fileURLToPath(new URL('../../../shared/data', import.meta.url))
