import { z } from 'zod'

/** A stored actor; see access.ts. */
export const actorName = z.union([z.enum(['token', 'session', 'plugin']), z.templateLiteral(['orthanc:', z.string()])])
