import replyTo from '../../src/analyse/image-worker.ts'
import { endlessImage, hangingChannel } from './endless-image.ts'

type ReplyTo = typeof replyTo

/** The service's worker, but it blocks its thread forever on one image, like a hanging decoder. */
export default function replyOrHang(...[task]: Parameters<ReplyTo>): ReturnType<ReplyTo> {
  if (task.bytes.length === endlessImage.length) {
    new BroadcastChannel(hangingChannel).postMessage('hanging')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }
  return replyTo(task)
}
