import express, { type Request, type RequestHandler, type Response } from 'express'
import { z } from 'zod'
import type { Access, Actor } from './access.ts'
import { headerMissing, notSignedIn } from '../errors.ts'
import type { ActionLog } from '../../service/store/store.ts'
import { claimsIdentity, isOrthancUser } from './signed-identity.ts'
import { signInPage } from '../pages/sign-in-page.ts'
import type { Clock } from '../../clock.ts'

/** Includes the port: all ports of a host share cookies, so two services would overwrite each other's session. */
function cookieName(request: Request): string {
  return `lung_triage_${request.socket.localPort ?? 0}`
}

/**
 * The sender of the request. Handlers call this before they act, because a session can expire while a body arrives.
 * @throws SERVICE_NOT_SIGNED_IN
 */
export function requireActor(request: Request, access: Access): Actor {
  const actor = actorOf(request, access)
  if (actor === undefined) throw notSignedIn()
  return actor
}

function actorOf(request: Request, access: Access): Actor | undefined {
  if (claimsIdentity(request)) return access.signedActor(request)
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return access.isToken(bearer) ? 'token' : undefined
  const prefix = `${cookieName(request)}=`
  const cookie = (request.headers.cookie ?? '').split(/; */).find((pair) => pair.startsWith(prefix))
  return cookie !== undefined && access.isSession(cookie.slice(prefix.length)) ? 'session' : undefined
}

/**
 * Requires an authenticated sender. A browser must send `X-Lung-Triage` with every change: another site cannot set that
 * header, so it prevents CSRF. Sessions are also protected by the SameSite cookie. Users of Orthanc are not: their
 * browser sends its credentials automatically.
 */
export function requireAccess(access: Access): RequestHandler {
  return (request, _response, next) => {
    const actor = requireActor(request, access)
    const changes = request.method !== 'GET' && request.method !== 'HEAD'
    const browser = actor === 'session' || isOrthancUser(actor)
    if (browser && changes && request.headers['x-lung-triage'] === undefined) throw headerMissing()
    next()
  }
}

const codeQuery = z.object({ code: z.string().min(1).max(200) })
const tokenBody = z.object({ token: z.string().min(1).max(500) })

interface SignInOptions {
  readonly access: Access
  readonly actions: ActionLog
  readonly clock: Clock
}

/** `GET /login?code=…`: the one-time link. */
export function signInByCode(options: SignInOptions): RequestHandler {
  return (request, response) => {
    const query = codeQuery.safeParse(request.query)
    if (!query.success || !options.access.redeemCode(query.data.code)) throw notSignedIn()
    openSession(request, response, options)
  }
}

/** `POST /login`: the form of the sign-in page. */
export function signInByToken(options: SignInOptions): RequestHandler[] {
  return [
    express.urlencoded({ extended: false, limit: '4kb' }),
    (request, response) => {
      const body = tokenBody.safeParse(request.body)
      if (!body.success || !options.access.isToken(body.data.token)) throw notSignedIn()
      openSession(request, response, options)
    },
  ]
}

function openSession(request: Request, response: Response, { access, actions, clock }: SignInOptions): void {
  const { value, lifetimeMs } = access.openSession()
  actions.record({ at: clock.now(), actor: 'session', action: 'sign-in', studyInstanceUid: undefined })
  const reach = { httpOnly: true, sameSite: 'strict', secure: request.secure, path: '/' } as const
  response.cookie(cookieName(request), value, { ...reach, maxAge: lifetimeMs })
  response.redirect(303, '/')
}

/** Answers 401: the sign-in page for browsers, JSON for programs. */
export function sendNotSignedIn(request: Request, response: Response): void {
  const error = notSignedIn()
  response.status(401).set('WWW-Authenticate', 'Bearer realm="Lung Triage"')
  if (request.accepts(['json', 'html']) === 'html') response.type('html').send(signInPage().text)
  else response.json({ code: error.code, message: error.message })
}
