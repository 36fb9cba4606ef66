import { expect } from 'chai'
import type { FrameFormat } from '../../src/pixels/codecs.ts'
import { codestreamChecks } from '../../src/pixels/codestream.ts'
import { checkJpeg2000, withoutJp2Boxes } from '../../src/pixels/jpeg2000-codestream.ts'
import { transferSyntax } from '../../src/dicom/transfer-syntax.ts'

const format: FrameFormat = { rows: 5, columns: 7, bitsAllocated: 16, bitsStored: 12, highBit: 11, signed: false }

const u16 = (value: number) => [value >> 8, value & 0xff]
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)]

/** In the middle of a larger buffer, as a fragment of a file is. */
function inFile(bytes: readonly number[]): Uint8Array<ArrayBuffer> {
  const file = Uint8Array.from([1, 2, 3, ...bytes, 4, 5])
  return file.subarray(3, 3 + bytes.length)
}

const checkOf = (syntax: keyof typeof transferSyntax) => codestreamChecks.get(transferSyntax[syntax])!

interface Siz {
  readonly right?: number
  readonly bottom?: number
  readonly left?: number
  readonly top?: number
  readonly tile?: readonly [width: number, height: number, left: number, top: number]
  readonly components?: number
  readonly depth?: number
  readonly steps?: readonly [number, number]
}

/** The main header of a JPEG 2000 codestream (ISO 15444-1 A.4 and A.5): SOC, SIZ and a comment. */
function mainHeader({ right = 7, bottom = 5, left = 0, top = 0, tile = [7, 5, 0, 0], ...siz }: Siz = {}): number[] {
  const { components = 1, depth = 11, steps = [1, 1] } = siz
  const size = [right, bottom, left, top, ...tile].flatMap(u32)
  const marker = [...u16(0xff4f), ...u16(0xff51), ...u16(41), ...u16(0), ...size, ...u16(components), depth, ...steps]
  return [...marker, ...u16(0xff64), ...u16(6), 0, 0, 0, 0]
}

/** A tile-part (SOT, A.4.2) of twelve bytes and its data. */
const tilePart = (tile: number, data: readonly number[], length = 12 + data.length) => [
  ...u16(0xff90),
  ...u16(10),
  ...u16(tile),
  ...u32(length),
  ...[0, 1, ...data],
]
const end = u16(0xffd9)

describe('the header of a JPEG 2000 codestream', () => {
  const check = (bytes: readonly number[], changes: Partial<FrameFormat> = {}) =>
    checkJpeg2000(inFile(bytes), { ...format, ...changes })
  const oneTile = tilePart(0, [1, 2, 3])

  for (const [name, bytes, bits] of [
    ['one tile', [...mainHeader(), ...oneTile, ...end], 12],
    [
      'an image that does not begin at 0',
      [...mainHeader({ right: 10, left: 3, bottom: 9, top: 4, tile: [10, 9, 0, 0] }), ...oneTile, ...end],
      12,
    ],
    [
      'a tile grid that begins with the image',
      [...mainHeader({ right: 10, left: 3, bottom: 9, top: 4, tile: [7, 5, 3, 4] }), ...oneTile, ...end],
      12,
    ],
    ['signed values', [...mainHeader({ depth: 0x80 + 11 }), ...oneTile, ...end], 12],
    ['16 bits', [...mainHeader({ depth: 15 }), ...oneTile, ...end], 16],
    [
      'four tiles, one in two parts',
      [...mainHeader({ tile: [4, 3, 0, 0] }), ...[0, 2, 1, 3, 1].flatMap((tile) => tilePart(tile, [tile])), ...end],
      12,
    ],
    ['a last tile-part to the end', [...mainHeader(), ...tilePart(0, [1, 2], 0), ...end], 12],
    ['a last tile-part to the end, and padding', [...mainHeader(), ...tilePart(0, [1], 0), ...end, 0], 12],
    ['a tile-part without data', [...mainHeader(), ...tilePart(0, []), ...end], 12],
    ['padding', [...mainHeader(), ...oneTile, ...end, 0], 12],
  ] as const) {
    it(`is read: ${name}`, () => {
      expect(check(bytes)).to.equal(bits)
    })
  }

  const whole = [...mainHeader(), ...oneTile, ...end]
  const changed = (at: number, ...values: readonly number[]) => whole.with(at, values[0]!)
  for (const [words, bytes, changes] of [
    ['does not start with the JPEG 2000 marker', whole.slice(0, 50)],
    ['does not start with the JPEG 2000 marker', changed(0, 0)],
    ['does not start with the JPEG 2000 marker', changed(3, 0x52)],
    ['the codestream is 5 x 7, the header claims 6 x 7', whole, { rows: 6 }],
    ['the codestream is 5 x 7, the header claims 5 x 8', whole, { columns: 8 }],
    ['the codestream has 3 components', [...mainHeader({ components: 3 }), ...oneTile, ...end]],
    ['the codestream has 12 bits', whole, { bitsAllocated: 8 }],
    ['the codestream has 17 bits', [...mainHeader({ depth: 16 }), ...oneTile, ...end]],
    ['the codestream is subsampled', [...mainHeader({ steps: [2, 1] }), ...oneTile, ...end]],
    ['the codestream is subsampled', [...mainHeader({ steps: [1, 2] }), ...oneTile, ...end]],
    ['the codestream claims Infinity tiles', [...mainHeader({ tile: [0, 5, 0, 0] }), ...oneTile, ...end]],
    ['the codestream claims 0 tiles', [...mainHeader({ tile: [7, 5, 7, 0] }), ...oneTile, ...end]],
    ['tile 1 of 2 is missing', [...mainHeader({ tile: [4, 5, 0, 0] }), ...oneTile, ...end]],
    ['tile 0 of 2 is missing', [...mainHeader({ tile: [7, 3, 0, 0] }), ...tilePart(1, []), ...end]],
    ['the codestream has no tiles', mainHeader()],
    ['the codestream has no tiles', [...mainHeader(), ...u16(0xff64), ...u16(2)]],
    ['the codestream is cut short', whole.slice(0, -1)],
    ['the codestream is cut short', whole.slice(0, -2)],
    ['the codestream is cut short', whole.slice(0, -4)],
    ['the codestream is cut short', [...mainHeader(), ...oneTile, ...u16(0xffd8)]],
    ['the codestream is cut short', [...mainHeader(), ...tilePart(0, [1, 2], 0)]],
  ] as readonly (readonly [string, readonly number[], Partial<FrameFormat>?])[]) {
    it(`is refused: ${words}`, () => {
      expect(() => check(bytes, changes)).to.throw(words)
    })
  }

  it('has at most 65535 tiles', () => {
    const wide = { right: 65535, bottom: 1, tile: [1, 1, 0, 0] } as const
    const of = (siz: Siz, columns: number) => () =>
      check([...mainHeader(siz), ...oneTile, ...end], { rows: 1, columns })
    expect(of(wide, 65535)).to.throw('tile 1 of 65535 is missing')
    expect(of({ ...wide, right: 65536 }, 65536)).to.throw('the codestream claims 65536 tiles')
  })
})

describe('a JP2 file', () => {
  const signature = [...u32(12), ...u32(0x6a502020), ...u32(0x0d0a870a)]
  const box = (type: number, contents: readonly number[], length = 8 + contents.length) => [
    ...u32(length),
    ...u32(type),
    ...contents,
  ]
  const other = box(0x66747970, [1, 2, 3])
  const codestream = 0x6a703263
  const unpacked = (bytes: readonly number[]) => [...withoutJp2Boxes(inFile(bytes))]

  it('holds its codestream in a box, up to its length or to the end', () => {
    expect(unpacked([...signature, ...other, ...box(codestream, [7, 8, 9]), 5])).to.deep.equal([7, 8, 9])
    expect(unpacked([...signature, ...box(codestream, [7, 8, 9], 0)])).to.deep.equal([7, 8, 9])
    expect(unpacked([...signature, ...other, ...box(codestream, [])])).to.deep.equal([])
  })

  it('is left as it is if it has no such box, and so is anything else', () => {
    for (const bytes of [
      [...signature, ...other],
      [...signature, ...other, 1, 2, 3],
      [...signature, ...box(0x66747970, [], 7), ...box(codestream, [1])],
      [...signature, ...box(0x66747970, [], 0), ...box(codestream, [1])],
      [...signature.slice(0, 11)],
      signature,
      [...box(0x66747970, [0, 0, 0, 0]), ...box(codestream, [7])],
      [],
    ])
      expect(unpacked(bytes)).to.deep.equal(bytes)
  })
})

describe('the header of a JPEG or JPEG-LS codestream', () => {
  const frame = (marker: number, precision = 12, rows = 5, columns = 7, components = 1) => [
    ...[0xff, marker, 0, 11, precision],
    ...u16(rows),
    ...u16(columns),
    components,
  ]
  const segment = [0xff, 0xe0, 0, 4, 9, 9]
  const file = (...parts: readonly (readonly number[])[]) => [0xff, 0xd8, ...parts.flat(), 0xff, 0xd9]
  const check = (bytes: readonly number[], changes: Partial<FrameFormat> = {}) =>
    checkOf('jpegLossless')(inFile(bytes), { ...format, ...changes })

  const frames = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc7, 0xc9, 0xcb, 0xcd, 0xcf, 0xf7]
  for (const marker of frames) {
    it(`is read from the frame with marker ${marker.toString(16)}`, () => {
      expect(check(file(segment, frame(marker)))).to.equal(12)
      expect(check(file(frame(marker, 10)))).to.equal(10)
    })
  }

  it('is read behind fill bytes and tables, and before padding', () => {
    expect(check(file([0xff], segment, [0xff, 0xff], frame(0xc3)))).to.equal(12)
    for (const marker of [0xc4, 0xc8, 0xcc, 0xbf, 0xd0, 0xf6, 0xf8])
      expect(check(file([0xff, marker, 0, 3, 1], frame(0xc3, 9)))).to.equal(9)
    for (const padding of [[0], [0xff], [0, 0], [0xff, 0]])
      expect(check([...file(frame(0xc3)), ...padding])).to.equal(12)
  })

  for (const [words, bytes, changes] of [
    ['the codestream does not start with a JPEG marker', [0xff, 0xd8, 0xff]],
    ['the codestream does not start with a JPEG marker', [0xff, 0xd9, ...file(frame(0xc3))]],
    ['the codestream has no frame header', file(segment)],
    ['the codestream has no frame header', [0xff, 0xd8, ...frame(0xc3).slice(0, 9)]],
    ['the codestream is damaged', [0xff, 0xd8, 0x7f, ...frame(0xc3), 0xff, 0xd9]],
    ['the codestream has 3 components', file(frame(0xc3, 12, 5, 7, 3))],
    ['the codestream is 6 x 7, the header claims 5 x 7', file(frame(0xc3, 12, 6, 7))],
    ['the codestream is 5 x 8, the header claims 5 x 7', file(frame(0xc3, 12, 5, 8))],
    ['the codestream has 9 bits, the header claims 8', file(frame(0xc3, 9)), { bitsAllocated: 8, bitsStored: 8 }],
    ['the codestream has 11 bits, the header claims 12', file(frame(0xc3, 11)), { signed: true }],
    ['the codestream is cut short', [0xff, 0xd8, ...frame(0xc3)]],
    ['the codestream is cut short', [0xff, 0xd8, ...frame(0xc3), 0xff]],
    ['the codestream is cut short', [0xff, 0xd8, ...frame(0xc3), 0xff, 0xd8]],
    ['the codestream is cut short', [0xff, 0xd8, ...frame(0xc3), 0xfe, 0xd9]],
  ] as readonly (readonly [string, readonly number[], Partial<FrameFormat>?])[]) {
    it(`is refused: ${words}`, () => {
      expect(() => check(bytes, changes)).to.throw(words)
    })
  }

  it('may have fewer bits than Bits Stored without a sign, and as many with one', () => {
    expect(check(file(frame(0xc3, 11)))).to.equal(11)
    expect(check(file(frame(0xc3, 12)), { signed: true })).to.equal(12)
    expect(check(file(frame(0xc3, 8)), { bitsAllocated: 8, bitsStored: 8 })).to.equal(8)
  })
})

describe('the header of an RLE frame', () => {
  const u32le = (value: number) => u32(value).toReversed()
  const rle = (segments: readonly (readonly number[])[], offsets?: readonly number[], count = segments.length) => {
    let at = 64
    const starts = offsets ?? segments.map(({ length }) => (at += length) - length)
    const header = [count, ...starts].flatMap(u32le)
    return [...header, ...Array.from({ length: 64 - header.length }, () => 0), ...segments.flat()]
  }
  const bytes = { rows: 2, columns: 3, bitsAllocated: 8, bitsStored: 8 } as const
  const check = (frame: readonly number[], changes: Partial<FrameFormat> = bytes) =>
    checkOf('rle')(inFile(frame), { ...format, ...changes })
  const literal = [5, 1, 2, 3, 4, 5, 6]
  const words = { ...bytes, bitsAllocated: 16 } as const

  for (const [name, frame, changes] of [
    ['literal bytes', rle([literal])],
    ['a run', rle([[251, 7]])],
    ['runs and literal bytes', rle([[1, 8, 9, 254, 7, 0, 3]])],
    ['no operation', rle([[128, ...literal]])],
    ['a byte of padding', rle([[...literal, 0]])],
    ['two segments', rle([literal, [251, 7]]), words],
  ] as const) {
    it(`is read: ${name}`, () => {
      expect(check(frame, changes)).to.equal(changes === words ? 16 : 8)
    })
  }

  for (const [text, frame, changes] of [
    ['the RLE header is cut short', rle([literal]).slice(0, 63)],
    ['the RLE header lists 2 segments, which does not fit 8 bits per sample', rle([literal, literal])],
    ['the RLE header lists 1 segments, which does not fit 16 bits per sample', rle([literal]), words],
    ['the RLE segments overlap', rle([literal], [63])],
    ['the RLE segments overlap', rle([literal, literal], [64, 64 - 1]), words],
    ['the RLE segments overlap', rle([literal, literal], [64, 200]), words],
    ['the RLE segments overlap', rle([literal, literal], [71, 64]), words],
    ['an RLE segment decodes to 5 bytes, not 6', rle([[4, 1, 2, 3, 4, 5]])],
    ['an RLE segment decodes to 7 bytes, not 6', rle([[6, 1, 2, 3, 4, 5, 6, 7]])],
    ['an RLE segment decodes to 7 bytes, not 6', rle([[250, 1]])],
    ['an RLE segment decodes to 6 bytes, not 6', rle([[5, 1, 2, 3, 4, 5]])],
    ['an RLE segment decodes to 6 bytes, not 6', rle([[251]])],
    ['an RLE segment decodes to 0 bytes, not 6', rle([[128, 128]])],
    ['an RLE segment decodes to 0 bytes, not 6', rle([[]])],
    ['an RLE segment holds more than the frame', rle([[...literal, 0, 0]])],
  ] as readonly (readonly [string, readonly number[], Partial<FrameFormat>?])[]) {
    it(`is refused: ${text}`, () => {
      expect(() => check(frame, changes)).to.throw(text)
    })
  }
})
