import type { RequestHandler } from 'express'
import { bodyTooLarge, requestInvalid } from './errors.ts'

/** A study of some hundred series; no page or command sends more. */
export const maxBodyBytes = 64 * 1024
const hostForm = /^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$/

/** Refuses by the length that is announced, at once: a parser would first wait for all of it to come. */
export const limitBody: RequestHandler = (request, response, next) => {
  if (Number(request.headers['content-length'] ?? 0) <= maxBodyBytes) {
    next()
    return
  }
  response.set('Connection', 'close')
  next(bodyTooLarge(maxBodyBytes))
}

/** One Host that is the name of a host (RFC 9112, 3.2): answers hold links made from it, which must lead back here. */
export const requireHost: RequestHandler = (request, _response, next) => {
  const hosts = request.headersDistinct['host'] ?? ['localhost']
  const [host = ''] = hosts
  const named = hosts.length === 1 && hostForm.test(host) && URL.canParse(`http://${host}`)
  next(named ? undefined : requestInvalid('its Host is not the name of one host.'))
}
