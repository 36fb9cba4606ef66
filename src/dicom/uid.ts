import { z } from 'zod'

/** PS3.5 9.1: digits in components, 64 characters at most. Leading zeros are forbidden there and found in archives. */
export const uidSchema = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)*$/)
  .max(64)
