import { expect } from 'chai'
import { describeFailureReason, parseStowResult, unnamedObject } from '../../src/deliver/stow-result.ts'

const item = (uid: string): object => ({ '00081155': { vr: 'UI', Value: [uid] } })
const failedItem = (uid: string, reason: number): object => ({
  ...item(uid),
  '00081197': { vr: 'US', Value: [reason] },
})

describe('the STOW-RS response', () => {
  it('separates stored from failed objects, and counts a duplicate as stored', () => {
    const text = JSON.stringify({
      '00081199': { vr: 'SQ', Value: [item('1.1')] },
      '00081198': { vr: 'SQ', Value: [failedItem('1.2', 0xa700), failedItem('1.3', 0x0111)] },
    })
    const result = parseStowResult(text)
    expect([...result.stored]).to.deep.equal(['1.1', '1.3'])
    expect([...result.failed]).to.deep.equal([['1.2', 0xa700]])
  })

  for (const text of ['', '<NativeDicomModel/>', '{}', '[]', 'null', '{"00081198":{"Value":[{}]}}'])
    it(`is empty for ${text === '' ? 'an empty response' : text}`, () => {
      const { stored, failed } = parseStowResult(text)
      expect([stored.size, failed.size]).to.deep.equal([0, 0])
    })

  it('keeps the reason of an object whose UID the server could not read', () => {
    const unnamed = { '00081197': { vr: 'US', Value: [0xc000] } }
    const text = JSON.stringify({ '00081198': { vr: 'SQ', Value: [unnamed] }, '00081199': { vr: 'SQ' } })
    const result = parseStowResult(text)
    expect([...result.stored]).to.deep.equal([])
    expect([...result.failed]).to.deep.equal([[unnamedObject, 0xc000]])
  })

  // PS3.18 table I.2-2, PS3.4 table B.2-1 and PS3.7 annex C. In a range, the last digits are the server's own.
  for (const [reason, text, mayPass] of [
    [0xa700, 'out of resources (A700H)', true],
    [0xa7ff, 'out of resources (A7FFH)', true],
    [0xa800, 'failure reason A800H', false],
    [0x0110, 'processing failure (0110H)', true],
    [0x0122, 'SOP class not supported (0122H)', false],
    [0x0124, 'not authorised (0124H)', false],
    [0xa900, 'data set does not match SOP class (A900H)', false],
    [0xa9ff, 'data set does not match SOP class (A9FFH)', false],
    [0xc000, 'cannot be understood (C000H)', false],
    [0xcfff, 'cannot be understood (CFFFH)', false],
    [0x0001, 'failure reason 0001H', false],
    [0xd000, 'failure reason D000H', false],
  ] as const) {
    it(`describes ${text} as ${mayPass ? 'transient' : 'permanent'}`, () => {
      expect(describeFailureReason(reason)).to.deep.equal({ text, mayPass })
    })
  }
})
