import { z } from 'zod'

/** An actor as it is kept, see access.ts. */
export const actorName = z.union([z.enum(['token', 'session', 'plugin']), z.templateLiteral(['orthanc:', z.string()])])
