import { expect } from 'chai'
import { finished, fuseLayers } from '../../../src/training/network/fused-layers.ts'
import { resNet, resNet50Blocks } from '../../../src/training/network/resnet.ts'

describe('a network in fused layers', () => {
  /** Records each layer when it is built. */
  function told() {
    const built: string[] = []
    const note = (line: string) => {
      built.push(line)
      return line
    }
    const layers = fuseLayers<string>({
      convolution: (name, _input, _plan, activation) => note(`${name} ${activation}`),
      sum: (name, _one, _other, activation) => note(`${name} ${activation}`),
      maxPool: () => note('pool'),
    })
    return { built, layers }
  }

  it('builds each convolution and sum of ResNet-50 once, with the ReLU that follows it', () => {
    const { built, layers } = told()
    resNet(layers, finished('image', 'image'), resNet50Blocks).finish('linear')
    expect(built).to.have.length(new Set(built).size)
    expect(built.slice(0, 2)).to.deep.equal(['conv1 rectified', 'pool'])
    expect(built.filter((line) => line.startsWith('res') && !line.includes('sum'))).to.have.length(52)
    expect(built.filter((line) => line.includes('.sum'))).to.have.length(16)
    for (const line of built) {
      const isLinear = line.includes('2c ') || line.includes('branch1 ')
      if (line !== 'pool') expect(line).to.match(isLinear ? / linear$/ : / rectified$/)
    }
  })

  it('rejects a layer that is read with and without its ReLU, and a ReLU after a finished layer', () => {
    const { layers } = told()
    const image = finished('image', 'image')
    const convolution = layers.convolution('a', image, { stride: 1, padding: 0 })
    layers.relu(convolution)
    expect(() => layers.maxPool(convolution)).to.throw('a is used both with and without a ReLU')
    expect(() => layers.relu(image)).to.throw('Cannot add a ReLU to image')
  })
})
