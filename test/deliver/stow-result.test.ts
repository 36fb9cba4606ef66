import { expect } from 'chai'
import { describeFailureReason, parseStowResult } from '../../src/deliver/stow-result.ts'

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

  it('classifies failure reasons as transient or permanent', () => {
    expect(describeFailureReason(0xa701)).to.deep.equal({ text: 'out of resources (A701H)', mayPass: true })
    expect(describeFailureReason(0x0110).mayPass).to.equal(true)
    for (const reason of [0x0122, 0x0124, 0xa900, 0xc001, 0x1234])
      expect(describeFailureReason(reason).mayPass, reason.toString(16)).to.equal(false)
  })
})
