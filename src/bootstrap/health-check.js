import { get as httpGet } from 'node:http'
import { get as httpsGet } from 'node:https'

// Health check of the containers: exits with 0 if the service on this machine is alive, with or without TLS.
//   node health-check.js [PORT]

const timeoutMs = 4000
const [port = '8050'] = process.argv.slice(2)
const options = { host: '127.0.0.1', port, path: '/health/live', timeout: timeoutMs }

/**
 * @param {import('node:http').ClientRequest} request
 * @returns {Promise<number | undefined>} the status, or undefined without an answer
 */
function statusOf(request) {
  return new Promise((resolve) => {
    request.once('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => {
      resolve(undefined)
    })
  })
}

// The certificate is not verified: it names the public host, not this address, and the request contains no secret.
const status =
  (await statusOf(httpGet(options))) ?? (await statusOf(httpsGet({ ...options, rejectUnauthorized: false })))
process.exit(status === 200 ? 0 : 1)
