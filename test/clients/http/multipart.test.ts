import { expect } from 'chai'
import { firstPart } from '../../../src/clients/http/multipart.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
const textOf = (part: Uint8Array | undefined) => part && Buffer.from(part).toString('latin1')

describe('the first part of a multipart body', () => {
  it('is everything between its headers and the next boundary, with bytes of any value', () => {
    const content = 'a\r\n\r\n--b\u00ff\u0000'
    const body = `--mark\r\nContent-Type: application/dicom\r\n\r\n${content}\r\n--mark\r\n\r\nsecond\r\n--mark--\r\n`
    expect(textOf(firstPart(bytes(body)))).to.equal(content)
    expect(textOf(firstPart(bytes(`\r\n${body}`)))).to.equal(content)
  })

  it('is undefined if the body is truncated or not multipart', () => {
    for (const body of ['', 'DICM', '--mark\r\nContent-Type: x\r\n\r\ncut', '--mark\r\nContent-Type: x']) {
      expect(firstPart(bytes(body)), body).to.equal(undefined)
    }
  })
})
