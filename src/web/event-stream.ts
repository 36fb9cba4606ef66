import type { Request, RequestHandler, Response } from 'express'
import type { StudyRecorder } from '../service/studies/study-recorder.ts'

const heartbeatMs = 20_000

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `change` whenever a study changed. It
 * carries no study data; who listens asks again for what it shows.
 */
export class EventStreams {
  readonly #open = new Set<Response>()
  readonly #recorder: StudyRecorder

  constructor(recorder: StudyRecorder) {
    this.#recorder = recorder
  }

  readonly handle: RequestHandler = (request: Request, response: Response) => {
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    response.flushHeaders()
    response.write('retry: 2000\n\n')
    const stopWatching = this.#recorder.onChange(() => response.write('event: change\ndata: {}\n\n'))
    // Proxies close what is silent, and a closed socket is noticed by writing to it.
    const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs)
    this.#open.add(response)
    request.on('close', () => {
      stopWatching()
      clearInterval(heartbeat)
      this.#open.delete(response)
    })
  }

  /** Ends all streams, which would keep the server from closing. */
  close(): void {
    for (const response of this.#open) response.end()
  }
}
