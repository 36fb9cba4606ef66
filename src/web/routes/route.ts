import type { RequestHandler } from 'express'

/** One route of the service. All are mounted behind `requireAccess`; `http-app.ts` adds the few others. */
export interface Route {
  readonly method: 'get' | 'post'
  readonly path: string
  readonly handlers: readonly RequestHandler[]
}

export function get(path: string, ...handlers: readonly RequestHandler[]): Route {
  return { method: 'get', path, handlers }
}

export function post(path: string, ...handlers: readonly RequestHandler[]): Route {
  return { method: 'post', path, handlers }
}
