import { expect } from 'chai'
import { finished, fuseLayers } from '../../../src/training/network/fused-layers.ts'
import { resNet, resNet50Blocks } from '../../../src/training/network/resnet.ts'

describe('a network in fused layers', () => {
  /** Writes each layer down as it is built. */
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

  it('has each convolution and sum of ResNet-50 once, with the rectifier that follows it', () => {
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

  it('cannot be told to read a layer with and without its rectifier, or to rectify what is finished', () => {
    const { layers } = told()
    const image = finished('image', 'image')
    const convolution = layers.convolution('a', image, { stride: 1, padding: 0 })
    layers.relu(convolution)
    expect(() => layers.maxPool(convolution)).to.throw('a is read with and without')
    expect(() => layers.relu(image)).to.throw('A rectifier follows image')
  })
})
