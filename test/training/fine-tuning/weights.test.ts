import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readTensorFile, writeTensorFile } from '../../../src/training/engine/tensor-file.ts'
import { copyOf, followWeights } from '../../../src/training/fine-tuning/weight-average.ts'
import { expectRejection } from '../../classify/expect-code.ts'

const tensor = (...values: number[]) => ({ shape: [values.length], values: Float32Array.from(values) })

describe('the running average of weights', () => {
  it('moves towards the weights by 1 - decay, and faster in the first steps', () => {
    const average = copyOf(['a'], new Map([['a', tensor(0, 10)]]))
    followWeights(average, new Map([['a', tensor(1, 10)]]), 0.9, 10_000)
    expect(average.get('a')!.values[0]).to.be.closeTo(0.1, 1e-6)
    expect(average.get('a')!.values[1]).to.equal(10)
    const young = copyOf(['a'], new Map([['a', tensor(0)]]))
    followWeights(young, new Map([['a', tensor(1)]]), 0.9, 1)
    expect(young.get('a')!.values[0]).to.be.closeTo(9 / 11, 1e-6)
  })

  it('does not change the weights that it was copied from', () => {
    const weights = new Map([['a', tensor(0)]])
    followWeights(copyOf(['a'], weights), new Map([['a', tensor(1)]]), 0.5, 100)
    expect(weights.get('a')!.values[0]).to.equal(0)
  })
})

describe('a tensor file', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-tensors-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('is read back exactly, and as undefined if it does not exist', async () => {
    const file = join(dir, 'a.bin')
    const tensors = new Map([
      ['a', { shape: [2, 2], values: Float32Array.of(1, -2, 0.5, 1e-20) }],
      ['b', tensor(7)],
    ])
    await writeTensorFile(file, { description: { epoch: 3 }, tensors })
    expect(await readTensorFile(file)).to.deep.equal({ description: { epoch: 3 }, tensors })
    expect(await readTensorFile(join(dir, 'none.bin'))).to.equal(undefined)
  })

  it('is rejected if truncated', async () => {
    const file = join(dir, 'a.bin')
    await writeTensorFile(file, { description: {}, tensors: new Map([['a', tensor(1, 2, 3)]]) })
    const bytes = await readFile(file)
    for (const length of [0, 3, 10, bytes.length - 4]) {
      await writeFile(file, bytes.subarray(0, length))
      await expectRejection(readTensorFile(file), 'TRAINING_TENSOR_FILE_DAMAGED')
    }
  })
})
