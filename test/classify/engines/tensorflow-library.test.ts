import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadTensorFlow } from '../../../src/classify/engines/tensorflow-library.ts'
import { inTempDir } from '../../service/fixtures.ts'

/** Stands for native TensorFlow: it calls the functions that Node removed, and is ready only after a while. */
const native = (name: string) => `
  import util from 'node:util'
  let isReady = false
  export default {
    name: '${name}',
    ready: async () => {
      isReady = typeof util.isArray === 'function' && util.isNullOrUndefined(null) && util.isNullOrUndefined(undefined)
      isReady &&= !util.isNullOrUndefined(0)
    },
    getBackend: () => (isReady ? 'tensorflow' : 'not ready'),
  }
`

describe('the library of TensorFlow.js', () => {
  it('is the first native package that is installed', () =>
    inTempDir(async (dir) => {
      const [missing, broken, first, second] = ['missing', 'broken', 'first', 'second'].map((name) =>
        join(dir, `${name}.mjs`),
      ) as [string, string, string, string]
      writeFileSync(broken, `throw new Error('no library')`)
      writeFileSync(first, native('first'))
      writeFileSync(second, native('second'))
      const { tf, backend } = await loadTensorFlow([missing, broken, first, second])
      expect(tf).to.have.property('name', 'first')
      expect(backend).to.equal('tensorflow')
    }))

  it('is WebAssembly without a native package', async () => {
    const { tf, backend } = await loadTensorFlow(['./missing.mjs'])
    expect([backend, tf.getBackend()]).to.deep.equal(['wasm', 'wasm'])
  })
})
