import type { RequestHandler } from 'express'

/** One address of the service. All are mounted behind `requireAccess`; `http.ts` alone opens others. */
export interface Route {
  readonly method: 'get' | 'post'
  readonly path: string
  readonly handlers: readonly RequestHandler[]
}
