import type { Random } from '../../src/training/data/random.ts'

/** A mutated file, and the mutation. */
export interface Mutant {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly what: string
}

type Mutation = (bytes: Uint8Array<ArrayBuffer>, random: Random, other: Uint8Array) => Mutant

const below = (random: Random, limit: number) => Math.floor(random() * limit)
const pick = <Value>(random: Random, values: readonly Value[]): Value => values[below(random, values.length)]!
const joined = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts))

const truncate: Mutation = (bytes, random) => {
  // Headers are short compared with pixels: half of the cuts are in the first two kilobytes.
  const length = below(random, random() < 0.5 ? Math.min(bytes.length, 2048) : bytes.length)
  return { bytes: bytes.slice(0, length), what: `cut to ${length} of ${bytes.length} bytes` }
}

/** Position of a mutation, mostly in the header, where every byte matters. */
function place(bytes: Uint8Array, random: Random): number {
  return below(random, random() < 0.6 ? Math.min(bytes.length, 2048) : bytes.length)
}

const flipBits: Mutation = (bytes, random) => {
  const flipped = bytes.slice()
  const count = 1 + below(random, 32)
  for (let i = 0; i < count; i++) flipped[place(bytes, random)]! ^= 1 << below(random, 8)
  return { bytes: flipped, what: `${count} bits flipped` }
}

const overwrite: Mutation = (bytes, random) => {
  const overwritten = bytes.slice()
  const at = place(bytes, random)
  const length = 1 + below(random, 64)
  const value = pick(random, [0, 0xff, undefined])
  for (let i = at; i < Math.min(at + length, bytes.length); i++) overwritten[i] = value ?? below(random, 256)
  return { bytes: overwritten, what: `${length} bytes from ${at} overwritten` }
}

const splice: Mutation = (bytes, random, other) => {
  const at = place(bytes, random)
  const from = place(other, random)
  const piece = other.subarray(from, from + below(random, 4096))
  const rest = bytes.subarray(random() < 0.5 ? at : at + piece.length)
  return { bytes: joined(bytes.subarray(0, at), piece, rest), what: `${piece.length} bytes of another file at ${at}` }
}

const remove: Mutation = (bytes, random) => {
  const at = place(bytes, random)
  const length = 1 + below(random, 512)
  return {
    bytes: joined(bytes.subarray(0, at), bytes.subarray(at + length)),
    what: `${length} bytes from ${at} removed`,
  }
}

const append: Mutation = (bytes, random) => {
  const more = Uint8Array.from({ length: 1 + below(random, 5000) }, () => below(random, 256))
  return { bytes: joined(bytes, more), what: `${more.length} bytes appended` }
}

/** Elements whose value determines allocation and decoding (PS3.3 C.7.6.3), all US in little endian. */
const numbers = {
  SamplesPerPixel: 0x0002_0028,
  Rows: 0x0010_0028,
  Columns: 0x0011_0028,
  BitsAllocated: 0x0100_0028,
  BitsStored: 0x0101_0028,
  HighBit: 0x0102_0028,
  PixelRepresentation: 0x0103_0028,
} as const

const lie: Mutation = (bytes, random) => {
  const lied = bytes.slice()
  const [name, tag] = pick(random, Object.entries(numbers))
  const value = pick(random, [0, 1, 2, 7, 8, 12, 15, 16, 17, 32, 255, 256, 4096, 32767, 32768, 65535])
  const at = find(lied, tag)
  if (at !== undefined) new DataView(lied.buffer).setUint16(at + 8, value, true)
  return { bytes: lied, what: `${name} is ${value}` }
}

/** Changes the length of an element, item or fragment, which follows its tag and VR. */
const lieAboutLength: Mutation = (bytes, random) => {
  const lied = bytes.slice()
  const view = new DataView(lied.buffer)
  const tags = [0x0010_7fe0, 0xe000_fffe, 0x0000_0002, 0x0010_0010, 0x3010_0028]
  const at = find(lied, pick(random, tags)) ?? place(bytes, random)
  const length = pick(random, [0, 1, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff, below(random, 2 ** 32)])
  const offset = at + pick(random, [4, 6, 8])
  if (offset + 4 <= lied.length) view.setUint32(offset, length, true)
  return { bytes: lied, what: `a length of ${length} at ${offset}` }
}

const transferSyntaxes = [
  '.2',
  '.2.1',
  '.2.2',
  '.2.5',
  '.2.4.50',
  '.2.4.57',
  '.2.4.70',
  '.2.4.80',
  '.2.4.90',
  '.2.4.201',
]

const claimSyntax: Mutation = (bytes, random) => {
  const lied = bytes.slice()
  const prefix = '1.2.840.10008.1'
  const at = Buffer.from(lied.buffer, 0, Math.min(lied.length, 512)).indexOf(`${prefix}.2`)
  const syntax = prefix + pick(random, transferSyntaxes)
  if (at >= 0) {
    const length = new DataView(lied.buffer).getUint16(at - 2, true)
    const text = syntax.padEnd(length, '\0').slice(0, length)
    lied.set(Buffer.from(text), at)
  }
  return { bytes: lied, what: `claims to be ${syntax}` }
}

/** Offset of the first element with a tag, given as group and element in little endian. */
function find(bytes: Uint8Array<ArrayBuffer>, tag: number): number | undefined {
  const wanted = Buffer.alloc(4)
  wanted.writeUInt16LE(tag & 0xffff, 0)
  wanted.writeUInt16LE(tag >>> 16, 2)
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(wanted)
  return at < 0 || at + 10 > bytes.length ? undefined : at
}

const mutations = [truncate, flipBits, overwrite, splice, remove, append, lie, lieAboutLength, claimSyntax]

const pixelData = 0x0010_7fe0

/** Damages only Pixel Data, so that the file can be parsed and the damage reaches the codecs. */
const spoilPixels: Mutation = (bytes, random) => {
  const spoiled = bytes.slice()
  const start = (find(bytes, pixelData) ?? 0) + 20
  const count = 1 + below(random, 16)
  // Codestreams start with their own headers.
  const reach = random() < 0.5 ? 200 : bytes.length
  for (let i = 0; i < count; i++) {
    const at = start + below(random, Math.max(1, Math.min(reach, bytes.length - start)))
    if (at < spoiled.length) spoiled[at] = random() < 0.5 ? below(random, 256) : spoiled[at]! ^ (1 << below(random, 8))
  }
  return { bytes: spoiled, what: `${count} bytes of Pixel Data spoiled` }
}

/** Damages the pixels in 40 % of cases, otherwise applies one to three mutations. */
export function mutate(bytes: Uint8Array<ArrayBuffer>, other: Uint8Array, random: Random): Mutant {
  if (random() < 0.4) return spoilPixels(bytes, random, other)
  let mutant: Mutant = { bytes, what: '' }
  const count = 1 + below(random, 3)
  for (let i = 0; i < count; i++) {
    const next = pick(random, mutations)(mutant.bytes, random, other)
    mutant = { bytes: next.bytes, what: [mutant.what, next.what].filter((part) => part !== '').join('; ') }
  }
  return mutant
}
