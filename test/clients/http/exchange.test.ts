import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect } from 'chai'
import { z } from 'zod'
import { type HttpRequest, exchange, exchangeJson } from '../../../src/clients/http/exchange.ts'
import { withAnswers } from '../../servers/http-answers.ts'

const request: HttpRequest = { method: 'GET', path: '/', accept: '*/*', effect: 'read', maxBytes: 10 }

const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )

/** Ways in which a server never completes its answer. */
const unfinished: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'before its answer': () => undefined,
  'in the middle of its answer': (response) => {
    response.writeHead(200).write('some')
  },
}

describe('request to a server', () => {
  for (const [when, answer] of Object.entries(unfinished)) {
    it(`ends with the reason of its signal if it is stopped ${when}, and not with a failure of the server`, async () => {
      const stopping = new AbortController()
      const reason = new Error('stopped')
      const arrived = Promise.withResolvers<undefined>()
      const reply = (_request: unknown, response: ServerResponse) => {
        answer(response)
        arrived.resolve(undefined)
      }
      await withAnswers(reply, async (service) => {
        const outcome = outcomeOf(exchange(service, { ...request, signal: stopping.signal }))
        await arrived.promise
        stopping.abort(reason)
        expect(await outcome).to.equal(reason)
      })
    })

    for (const signal of [undefined, new AbortController().signal])
      it(`times out ${when}, ${signal === undefined ? 'without' : 'also with'} a signal`, () =>
        withAnswers(
          (_request, response) => {
            answer(response)
          },
          async (service) => {
            const outcome = await outcomeOf(exchange({ ...service, timeoutMs: 50 }, { ...request, signal }))
            expect(outcome).to.equal('HTTP_TIMED_OUT')
          },
        ))
  }

  for (const [length, expected] of [
    [10, 'answered'],
    [11, 'HTTP_ANSWER_TOO_LARGE'],
  ] as const)
    it(`with a limit of 10 bytes is ${expected} if the answer has ${length}`, () =>
      withAnswers(
        (_request, response) => response.end('x'.repeat(length)),
        async (service) => {
          expect(await outcomeOf(exchange(service, request))).to.equal(expected)
        },
      ))

  it('returns a large answer, which comes in many parts, as it was sent', () => {
    const content = Buffer.from(Uint32Array.from({ length: 2 ** 20 }, (_, place) => place).buffer)
    return withAnswers(
      (_request, response) => response.end(content),
      async (service) => {
        const answer = await exchange(service, { ...request, maxBytes: content.length })
        expect(content.equals(answer)).to.equal(true)
      },
    )
  })

  it('does not follow a redirect', async () => {
    const asked: (string | undefined)[] = []
    await withAnswers(
      ({ url }, response) => {
        asked.push(url)
        response.writeHead(302, { Location: '/elsewhere' }).end()
      },
      async (service) => {
        expect(await outcomeOf(exchange(service, request))).to.equal('HTTP_REDIRECTED')
      },
    )
    expect(asked).to.deep.equal(['/'])
  })

  it('is refused for good at a status that the request names, and otherwise tried again', () =>
    withAnswers(
      (_request, response) => response.writeHead(500).end(),
      async (service) => {
        expect(await outcomeOf(exchange(service, { ...request, refusals: new Set([500]) }))).to.equal('HTTP_REFUSED')
        expect(await outcomeOf(exchange(service, { ...request, refusals: new Set([507]) }))).to.equal('HTTP_BUSY')
      },
    ))

  it('sends credentials, headers, content type and body, and asks for an uncompressed answer', async () => {
    let sent: unknown
    let body = ''
    await withAnswers(
      async (incoming, response) => {
        const {
          accept,
          authorization,
          'accept-encoding': encoding,
          'content-type': type,
          'x-more': more,
        } = incoming.headers
        sent = [incoming.method, accept, authorization, encoding, type, more]
        incoming.on('data', (chunk) => (body += String(chunk)))
        await once(incoming, 'end')
        response.end()
      },
      async (service) => {
        await exchange(
          { ...service, credentials: { kind: 'basic', username: 'user', password: 'secret' } },
          {
            ...{ ...request, method: 'POST', accept: 'text/plain', headers: { 'X-More': 'more' } },
            body: { contentType: 'text/x-test', data: 'the body' },
          },
        )
      },
    )
    const login = `Basic ${Buffer.from('user:secret').toString('base64')}`
    expect(sent).to.deep.equal(['POST', 'text/plain', login, 'identity', 'text/x-test', 'more'])
    expect(body).to.equal('the body')
  })

  it('for JSON names the element of an unusable answer, and does not quote it', () =>
    withAnswers(
      (_request, response) => response.end('{"a":{"b":1}}'),
      async (service) => {
        const schema = z.object({ a: z.object({ b: z.string() }) })
        const failure: unknown = await exchangeJson(service, { ...request, maxBytes: 100 }, schema).catch(
          (error: unknown) => error,
        )
        expect(failure).to.have.property('code', 'HTTP_ANSWER_INVALID')
        expect(failure).to.have.property('message').that.includes('invalid_type at a.b')
      },
    ))
})
