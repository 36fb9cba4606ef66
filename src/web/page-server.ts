import { type Server as HttpServer, type RequestListener, createServer as createHttpServer } from 'node:http'
import { type Server as HttpsServer, createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock.ts'
import { addressInUse } from './errors.ts'
import type { Log } from '../log.ts'
import { type CertificateFiles, type OwnCertificate, readOwnCertificate, requireUnexpired } from './own-certificate.ts'

const lastAnswersMs = 500
const renewalEveryMs = 60 * 60_000

/**
 * Limits how long a slow request can hold a connection (Slowloris). Responses are not limited: `/events` stays open.
 */
const serverLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
}

interface PageServerOptions {
  readonly host: string
  readonly port: number
  /** Undefined serves plain HTTP. */
  readonly tls: CertificateFiles | undefined
  readonly clock: Clock
  readonly log: Log
}

/** The server of the pages and the API. */
export interface PageServer {
  /** `http://host:port`, or `https://…` */
  readonly url: string
  /** Loads a renewed certificate. If it cannot be used, the current one stays in use and the failure is logged. */
  renewCertificate(): Promise<void>
  /** Lets responses in progress finish for half a second, then closes all connections. */
  close(): Promise<void>
}

/** @throws SERVICE_ADDRESS_IN_USE, SERVICE_CERTIFICATE_UNREADABLE, SERVICE_CERTIFICATE_KEY_DIFFERS */
export function openPageServer(app: RequestListener, options: PageServerOptions): Promise<PageServer> {
  return options.tls === undefined ? openHttp(app, options) : openHttps(app, options.tls, options)
}

async function openHttp(app: RequestListener, { host, port }: PageServerOptions): Promise<PageServer> {
  const server = createHttpServer(serverLimits, app)
  const url = `http://${await listen(server, host, port)}`
  return { url, renewCertificate: () => Promise.resolve(), close: () => closeServer(server) }
}

async function openHttps(app: RequestListener, tls: CertificateFiles, options: PageServerOptions): Promise<PageServer> {
  const certificate = await readOwnCertificate(tls)
  warnOfExpiry(tls, certificate, options)
  const { cert, key } = certificate
  const server = createHttpsServer({ ...serverLimits, cert, key }, app)
  const url = `https://${await listen(server, options.host, options.port)}`
  const renew = certificateRenewer(server, tls, certificate, options)
  const renewCertificate = async (): Promise<void> => {
    await renew()
  }
  const timer = setInterval(() => {
    void renew().then((current) => {
      warnOfExpiry(tls, current, options)
    })
  }, renewalEveryMs)
  timer.unref()
  const close = (): Promise<void> => {
    clearInterval(timer)
    return closeServer(server)
  }
  return { url, renewCertificate, close }
}

/**
 * Certificates are renewed every few months by programs that write new files. This loads them without a restart.
 * @returns a function that loads a renewed certificate and returns the one now in use
 */
function certificateRenewer(
  server: HttpsServer,
  tls: CertificateFiles,
  first: OwnCertificate,
  { log }: PageServerOptions,
): () => Promise<OwnCertificate> {
  let current = first
  return async () => {
    try {
      const read = await readOwnCertificate(tls)
      if (read.cert === current.cert && read.key === current.key) return current
      current = read
      server.setSecureContext({ cert: read.cert, key: read.key })
      log.info('service.certificate-renewed')
    } catch (error) {
      log.failure('service.certificate-refused', error)
    }
    return current
  }
}

/** Logs an expired certificate and keeps serving it: the browser warns the user, who may still need the service. */
function warnOfExpiry(
  tls: CertificateFiles,
  certificate: OwnCertificate,
  { clock, log }: Pick<PageServerOptions, 'clock' | 'log'>,
): void {
  try {
    requireUnexpired(tls, certificate, clock.now())
  } catch (error) {
    log.failure('service.certificate-expired', error)
  }
}

/** @returns host and port as in a URL */
async function listen(server: HttpServer | HttpsServer, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(addressInUse(host, port, error.message))
    })
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}

async function closeServer(server: HttpServer | HttpsServer): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<undefined>()
  server.close(() => {
    resolve(undefined)
  })
  const cutOff = setTimeout(() => {
    server.closeAllConnections()
  }, lastAnswersMs)
  await closed
  clearTimeout(cutOff)
}
