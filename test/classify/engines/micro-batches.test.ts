import { expect } from 'chai'
import type { Engine } from '../../../src/classify/engine.ts'
import { microBatched } from '../../../src/classify/engines/micro-batches.ts'
import { startOnnxRuntime } from '../../../src/classify/engines/onnx-runtime.ts'
import { expectRejection } from '../expect-code.ts'
import { reducedNetwork } from './reduced-model.ts'

/** A real engine that records the batches that it computes. */
async function watchedEngine() {
  const engine = await startOnnxRuntime(await reducedNetwork(), 'cpu', 1)
  const batches: number[] = []
  const events: string[] = []
  const watched: Engine = {
    ...engine,
    run: async (inputs) => {
      batches.push(inputs.length)
      const outputs = await engine.run(inputs)
      events.push('ran')
      return outputs
    },
    close: async () => {
      events.push('closed')
      await engine.close()
    },
  }
  const image = (value: number) => new Float32Array(engine.inputLength).fill(value)
  return { engine, watched, batches, events, image }
}

describe('micro-batches', () => {
  it('batches requests that arrive during a run, up to the batch size, and answers each', async () => {
    const { engine, watched, batches, image } = await watchedEngine()
    const batched = microBatched(watched, { batchSize: 3, waitMs: 0 })
    const values = [-100, -60, -20, 20, 60, 100]
    const outputs = await Promise.all(values.map((value) => batched.run([image(value)])))
    expect(batches).to.deep.equal([1, 3, 2])
    for (const [index, [output]] of outputs.entries()) {
      const [alone] = await engine.run([image(values[index]!)])
      expect(output!.pneumoniaLogit).to.be.closeTo(alone!.pneumoniaLogit, 1e-4)
    }
    expect(new Set(outputs.map(([output]) => output!.pneumoniaLogit)).size).to.equal(values.length)
    await batched.close()
  })

  it('computes single images without delay', async () => {
    const { watched, batches, image } = await watchedEngine()
    const batched = microBatched(watched, { batchSize: 8, waitMs: 0 })
    for (const value of [1, 2, 3]) expect(await batched.run([image(value)])).to.have.length(1)
    expect(batches).to.deep.equal([1, 1, 1])
    await batched.close()
  })

  it('waits for other requests for waitMs, but not beyond a full batch', async () => {
    const { watched, batches, image } = await watchedEngine()
    const patient = microBatched(watched, { batchSize: 2, waitMs: 600_000 })
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()
    await Promise.all([patient.run([image(1)]), patient.run([image(2)])])
    expect(batches).to.deep.equal([2])
    expect(timers(), 'a timer would keep the process alive').to.equal(before)
    const brief = microBatched(watched, { batchSize: 2, waitMs: 20 })
    await brief.run([image(3)])
    expect(batches).to.deep.equal([2, 1])
    await brief.close()
  })

  it('never divides a request', async () => {
    const { watched, batches, image } = await watchedEngine()
    const batched = microBatched(watched, { batchSize: 3, waitMs: 0 })
    const sizes = [1, 2, 2, 5]
    const outputs = await Promise.all(sizes.map((size) => batched.run(Array.from({ length: size }, () => image(size)))))
    expect(batches).to.deep.equal([1, 2, 2, 5])
    expect(outputs.map(({ length }) => length)).to.deep.equal(sizes)
    await batched.close()
  })

  it('fails exactly the requests of a failed batch', async () => {
    const { watched, batches, image } = await watchedEngine()
    const batched = microBatched(watched, { batchSize: 2, waitMs: 0 })
    const first = batched.run([image(1)])
    const damaged = batched.run([new Float32Array(3)])
    const besideIt = batched.run([image(2)])
    const next = batched.run([image(3)])
    await expectRejection(damaged, 'CLASSIFY_INPUT_INVALID')
    await expectRejection(besideIt, 'CLASSIFY_INPUT_INVALID')
    expect(await first).to.have.length(1)
    expect(await next).to.have.length(1)
    expect(batches).to.deep.equal([1, 2, 1])
    await batched.close()
  })

  it('closes after the pending requests', async () => {
    const { watched, events, image } = await watchedEngine()
    const batched = microBatched(watched, { batchSize: 1, waitMs: 0 })
    const asked = [batched.run([image(1)]), batched.run([image(2)])]
    await batched.close()
    expect(events).to.deep.equal(['ran', 'ran', 'closed'])
    expect((await Promise.all(asked)).flat()).to.have.length(2)
  })
})
