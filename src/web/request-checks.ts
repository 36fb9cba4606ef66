import type { RequestHandler } from 'express'
import { bodyTooLarge, requestInvalid } from './errors.ts'

/** Enough for a study of several hundred series, the largest request of any page or command. */
export const maxBodyBytes = 64 * 1024
const hostForm = /^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$/

/** Refuses by Content-Length, before the body arrives. A parser would wait for the whole body first. */
export const limitBody: RequestHandler = (request, response, next) => {
  if (Number(request.headers['content-length'] ?? 0) <= maxBodyBytes) {
    next()
    return
  }
  response.set('Connection', 'close')
  next(bodyTooLarge(maxBodyBytes))
}

/** Requires exactly one valid Host header (RFC 9112 3.2), because responses contain links built from it. */
export const requireHost: RequestHandler = (request, _response, next) => {
  const hosts = request.headersDistinct['host'] ?? ['localhost']
  const [host = ''] = hosts
  const named = hosts.length === 1 && hostForm.test(host) && URL.canParse(`http://${host}`)
  next(named ? undefined : requestInvalid('the Host header must name exactly one host.'))
}
