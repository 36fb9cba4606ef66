import { type Server as HttpServer, type RequestListener, createServer as createHttpServer } from 'node:http'
import { type Server as HttpsServer, createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../clock.ts'
import { addressInUse } from './errors.ts'
import type { Log } from '../log.ts'
import { type CertificateFiles, type OwnCertificate, readOwnCertificate, requireUnexpired } from './own-certificate.ts'

const lastAnswersMs = 500
const renewalEveryMs = 60 * 60_000

/** A request that is sent too slowly holds no connection for long (Slowloris). Answers, as those of `/events`, may take longer. */
const serverLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
}

interface PageServerOptions {
  readonly host: string
  readonly port: number
  /** Where pages are served over TLS. */
  readonly tls: CertificateFiles | undefined
  readonly clock: Clock
  readonly log: Log
}

/** What listens for requests to pages and API. */
export interface PageServer {
  /** `http://host:port`, or `https://…` */
  readonly url: string
  /** Takes up a certificate that was renewed; one that cannot be used changes nothing, and is told. */
  renewCertificate(): Promise<void>
  /** Answers under way may end; who keeps a connection open beyond that is cut off. */
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
 * Certificates are renewed every few months by programs that write new files; nobody restarts a service for that.
 * @returns what takes up a new one, and gives the one that is served from then on
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

/** An expired certificate is still served: who knows the service may go on, and pages say to everyone else what is wrong. */
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

/** @returns the address it listens on, as URLs have it */
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
