import { expect } from 'chai'
import { activationColour, activationOpacity } from '../../../src/report/picture/colours.ts'

/** Relative luminance (WCAG 2.2), 0–1. */
function luminance(rgb: readonly number[]): number {
  const [red, green, blue] = rgb.map((byte) => {
    const share = byte / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

const steps = Array.from({ length: 101 }, (_, index) => index / 100)

describe('the colour of an activation', () => {
  it('is brighter for each stronger activation, so that it can be read without colours', () => {
    const brightness = steps.map((strength) => luminance(activationColour(strength)))
    for (const [index, one] of brightness.slice(1).entries())
      expect(one, String(steps[index])).to.be.above(brightness[index]!)
  })

  it('is that of the end of the scale beyond it', () => {
    expect(activationColour(-1)).to.deep.equal(activationColour(0))
    expect(activationColour(2)).to.deep.equal(activationColour(1))
    expect([activationColour(0), activationColour(0.25), activationColour(1)]).to.deep.equal([
      [126, 3, 168],
      [204, 71, 120],
      [240, 249, 33],
    ])
  })
})

describe('the opacity of an activation', () => {
  it('is none up to a fifth, rises to the end, and never hides the radiograph', () => {
    for (const weak of [-1, 0, 0.1, 0.2]) expect(activationOpacity(weak)).to.equal(0)
    const opacities = steps.filter((strength) => strength >= 0.2).map(activationOpacity)
    for (const [index, one] of opacities.slice(1).entries()) expect(one).to.be.above(opacities[index]!)
    expect(activationOpacity(0.6)).to.be.closeTo(0.4125, 1e-12)
    for (const strong of [1, 2]) expect(activationOpacity(strong)).to.be.closeTo(0.55, 1e-12)
  })
})
