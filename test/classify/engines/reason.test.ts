import { expect } from 'chai'
import { inOneLine } from '../../../src/classify/engines/reason.ts'

describe('the reason why an engine is not used', () => {
  for (const [error, reason] of [
    [new Error('It failed.'), 'It failed.'],
    ['text', 'text'],
    [new Error('  one\n two\t\tthree '), 'one two three'],
    // ONNX Runtime prepends the condition in its source.
    [new Error('/onnxruntime/a.cc:12 status.IsOK() was false. No adapter found'), 'No adapter found'],
    [new Error('x'.repeat(200)), 'x'.repeat(200)],
    [new Error('x'.repeat(201)), `${'x'.repeat(199)}…`],
  ] as const) {
    it(`is one line of at most 200 characters: ${reason.slice(0, 20)}`, () => {
      expect(inOneLine(error)).to.equal(reason)
    })
  }
})
