import { get as httpGet } from 'node:http'
import { get as httpsGet } from 'node:https'

// What a container's health check runs: exits with 0 where the service of this machine says that it is alive, over TLS or without.
//   node health-check.js [PORT]

const timeoutMs = 4000
const [port = '8050'] = process.argv.slice(2)
const options = { host: '127.0.0.1', port, path: '/health/live', timeout: timeoutMs }

/**
 * @param {import('node:http').ClientRequest} request
 * @returns {Promise<number | undefined>} the status, or nothing where there was no answer
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

// A certificate is made out to the name by which others come; from here nothing secret is sent, so it need not be ours.
const status =
  (await statusOf(httpGet(options))) ?? (await statusOf(httpsGet({ ...options, rejectUnauthorized: false })))
process.exit(status === 200 ? 0 : 1)
