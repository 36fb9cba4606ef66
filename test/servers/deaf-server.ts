import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { Worker } from 'node:worker_threads'

/** A port that accepts no connection, like one behind a firewall that drops packets. */
export interface DeafServer {
  readonly url: string
  stop(): Promise<void>
}

/** Listens with the shortest backlog, then sleeps. Linux drops connection requests when the backlog is full. */
const program = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer()
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
`
const queued = 3

export async function startDeafServer(): Promise<DeafServer> {
  const worker = new Worker(program, { eval: true })
  const [port] = (await once(worker, 'message')) as [number]
  const waiting: Socket[] = []
  for (let index = 0; index < queued; index++) waiting.push(connect(port, '127.0.0.1').on('error', () => undefined))
  // The later ones may already be dropped.
  await once(waiting[0]!, 'connect')
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      for (const socket of waiting) socket.destroy()
      await worker.terminate()
    },
  }
}
