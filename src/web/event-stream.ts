import type { Request, RequestHandler, Response } from 'express'
import type { StudyRecorder } from '../service/studies/study-recorder.ts'

const heartbeatMs = 20_000

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `change` for every change of a
 * study. The event carries no study data; the page fetches its content again.
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
    // Keeps proxies from closing an idle connection; a closed socket is only detected by a write.
    const heartbeat = setInterval(() => response.write(': still here\n\n'), heartbeatMs)
    this.#open.add(response)
    request.on('close', () => {
      stopWatching()
      clearInterval(heartbeat)
      this.#open.delete(response)
    })
  }

  /** Ends all streams; open streams would keep the server from closing. */
  close(): void {
    for (const response of this.#open) response.end()
  }
}
