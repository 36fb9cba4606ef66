import '../../src/classify/without-telemetry.ts'
import { InferenceSession } from 'onnxruntime-node'

// Loaded before the service by `npm run chaos`: every fifth run of the network fails, as after a reset of the GPU.

const failsEvery = 5
const create = InferenceSession.create.bind(InferenceSession)
let runs = 0

async function failingSession(path: string, options?: InferenceSession.SessionOptions): Promise<InferenceSession> {
  const session = await create(path, options)
  const run = session.run.bind(session)
  session.run = (feeds: InferenceSession.FeedsType) => {
    if (++runs % failsEvery === 0) return Promise.reject(new Error('Chaos: the device was lost.'))
    return run(feeds)
  }
  return session
}

Object.assign(InferenceSession, { create: failingSession })
