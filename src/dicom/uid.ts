import { z } from 'zod'

/** PS3.5 9.1: components of digits, at most 64 characters. Leading zeros are forbidden but occur in archives. */
export const uidSchema = z
  .string()
  .regex(/^[0-9]+(\.[0-9]+)*$/)
  .max(64)
