import { appendFile, mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { FeatureCache } from '../../../src/training/features/feature-cache.ts'

describe('feature cache', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-features-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  const entries = ['a', 'b', 'c'].map((key, index) => ({ key, values: Float32Array.of(index, index + 0.5) }))

  function filled(): void {
    const cache = new FeatureCache(dir, 2)
    cache.append(entries)
    cache.close()
  }

  function read(): Record<string, number[]> {
    const cache = new FeatureCache(dir, 2)
    const found = entries.flatMap(({ key }) =>
      cache.has(key) ? [[key, [...cache.read(key)!]] as [string, number[]]] : [],
    )
    cache.close()
    return Object.fromEntries(found)
  }

  it('returns rows that were written before', () => {
    filled()
    expect(read()).to.deep.equal({ a: [0, 0.5], b: [1, 1.5], c: [2, 2.5] })
  })

  it('drops a truncated row and appends after it', async () => {
    filled()
    await truncate(join(dir, 'features.f32'), 2 * 8 + 5)
    expect(read()).to.deep.equal({ a: [0, 0.5], b: [1, 1.5] })
    filled()
    expect(read()).to.deep.equal({ a: [0, 0.5], b: [1, 1.5], c: [2, 2.5] })
  })

  it('drops a truncated key and a row without a key', async () => {
    filled()
    await truncate(join(dir, 'keys.txt'), 'a\nb\nc'.length)
    expect(Object.keys(read())).to.deep.equal(['a', 'b'])
    await appendFile(join(dir, 'features.f32'), Buffer.alloc(8))
    filled()
    expect(read()).to.deep.equal({ a: [0, 0.5], b: [1, 1.5], c: [2, 2.5] })
  })
})
