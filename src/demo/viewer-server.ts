import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type Server, createServer } from 'node:http'
import express, { type RequestHandler } from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'

interface ViewerServerOptions {
  /** Folder of OHIF's built files. */
  readonly distDir: string
  /** Root of the archive's DICOMweb service. */
  readonly dicomWebUrl: string
  readonly username: string
  readonly password: string
  /** A free port if undefined. */
  readonly port?: number
}

export interface ViewerServer {
  /** Address of the study list, with the key. */
  readonly url: string
  /** Address of one study, with the key and the placeholder `{StudyInstanceUID}`. */
  readonly studyUrl: string
  stop(): Promise<void>
}

/** Serves OHIF on the loopback address, with a read-only proxy to the archive at the same origin. */
export async function startViewerServer(options: ViewerServerOptions): Promise<ViewerServer> {
  const key = randomBytes(24).toString('base64url')
  const app = express()
  app.disable('x-powered-by')
  app.use(requireKey(key))
  app.use('/dicom-web', readOnly, archiveProxy(options))
  app.get('/app-config.js', (_request, response) => {
    response.type('text/javascript').send(`window.config = ${JSON.stringify(ohifConfiguration, null, 2)}\n`)
  })
  app.use(express.static(options.distDir, { index: false }))
  // OHIF is a single-page application: routes like `/viewer?…` are resolved in the browser.
  app.get('/{*page}', (_request, response) => {
    response.sendFile('index.html', { root: options.distDir })
  })
  const server = createServer(app)
  const port = await listen(server, options.port ?? 0)
  const origin = `http://127.0.0.1:${port}`
  return {
    url: `${origin}/?key=${key}`,
    studyUrl: `${origin}/viewer?StudyInstanceUIDs={StudyInstanceUID}&key=${key}`,
    stop: () => close(server),
  }
}

/**
 * Requires the key of the printed address, which then moves from the address to a cookie. Every user of the machine can
 * reach loopback, but may not see the radiographs.
 */
function requireKey(key: string): RequestHandler {
  return (request, response, next) => {
    const cookie = `lung_triage_viewer_${request.socket.localPort ?? 0}`
    const address = new URL(request.originalUrl, 'http://viewer')
    const given = address.searchParams.get('key')
    if (given !== null && sameText(given, key)) {
      address.searchParams.delete('key')
      response.cookie(cookie, key, { httpOnly: true, sameSite: 'strict', path: '/' })
      response.redirect(303, `${address.pathname}${address.search}`)
      return
    }
    const pairs = (request.headers.cookie ?? '').split(/; */)
    const kept = pairs.find((pair) => pair.startsWith(`${cookie}=`))?.slice(cookie.length + 1)
    if (kept !== undefined && sameText(kept, key)) next()
    else response.status(401).type('text').send('Open the viewer with the link that the demo printed.\n')
  }
}

function sameText(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** QIDO-RS and WADO-RS use only GET (PS3.18); storing, changing and deleting use other methods. */
const readOnly: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') next()
  else response.status(405).set('Allow', 'GET, HEAD').end()
}

function archiveProxy({ dicomWebUrl, username, password }: ViewerServerOptions): RequestHandler {
  // Passes on the browser's Host header, so that bulk data addresses in Orthanc's answers point to this proxy.
  return createProxyMiddleware({
    target: dicomWebUrl,
    auth: `${username}:${password}`,
    changeOrigin: false,
    // OHIF encodes the commas of `includefield`; Orthanc's DICOMweb 1.7 splits only at unencoded ones.
    pathRewrite: (path) => path.replaceAll('%2C', ','),
    on: {
      proxyReq: (outgoing) => {
        outgoing.removeHeader('cookie')
      },
    },
  })
}

/** https://docs.ohif.org/configuration/configurationFiles */
const ohifConfiguration = {
  routerBasename: null,
  extensions: [],
  modes: [],
  showStudyList: true,
  maxNumberOfWebWorkers: 2,
  showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true,
  defaultDataSourceName: 'orthanc',
  dataSources: [
    {
      namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
      sourceName: 'orthanc',
      configuration: {
        friendlyName: 'Orthanc of the Lung Triage demo',
        name: 'orthanc',
        qidoRoot: '/dicom-web',
        wadoRoot: '/dicom-web',
        wadoUriRoot: '/dicom-web',
        qidoSupportsIncludeField: true,
        supportsFuzzyMatching: false,
        supportsWildcard: true,
        imageRendering: 'wadors',
        thumbnailRendering: 'wadors',
        enableStudyLazyLoad: true,
        bulkDataURI: { enabled: true },
        omitQuotationForMultipartRequest: true,
      },
    },
  ],
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new TypeError('a TCP server has a port'))
      else resolve(address.port)
    })
  })
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.close(() => {
    resolve(undefined)
  })
  server.closeAllConnections()
  return promise.then(() => undefined)
}
