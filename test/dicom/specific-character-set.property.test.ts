import { expect } from 'chai'
import fc from 'fast-check'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { comparable, readByDcmtk } from './dcmtk-json.ts'
import { type WrittenElement, type WrittenItem, writtenFile } from './written-elements.ts'

/** Text as Unicode, and the bytes that a file holds. */
interface Text {
  readonly text: string
  readonly bytes: Buffer
}

/** The bytes of a repertoire, and the characters that Node's decoder makes of them one by one. */
function lettersOf(decoder: string, codes: Iterable<Uint8Array>): readonly Text[] {
  const decode = new TextDecoder(decoder)
  return Array.from(codes, (bytes) => ({ text: decode.decode(bytes), bytes: Buffer.from(bytes) })).filter(
    // Spaces at the ends of a text mean nothing.
    ({ text }) => /^[\p{L}\p{M}\p{N}\p{S}]$/u.test(text) && text !== '\ufffd',
  )
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const upperHalf = range(0xa1, 0xff).map((byte) => Uint8Array.of(byte))
/** Two-byte codes of a 94 x 94 set, in the upper half. */
const pairsOf = (rows: readonly number[]) =>
  rows.flatMap((row) => range(0xa1, 0xfe).map((cell) => Uint8Array.of(row, cell)))
const pairs = pairsOf(range(0xa1, 0xfe))
/** Rows of ideographs and Hangul. In others, decoders know additions of different editions. */
const hanzi = pairsOf(range(0xb0, 0xf7))
const hangulAndHanja = pairsOf(range(0xb0, 0xfd))
/** Without a space: DCMTK drops those around a component. */
const ascii = Array.from('aZ09.-', (text) => ({ text, bytes: Buffer.from(text) }))

const joined = (parts: readonly Text[]): Text => ({
  text: parts.map(({ text }) => text).join(''),
  bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
})
const someOf = (letters: readonly Text[], maxLength = 5) =>
  fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength }).map(joined)

/** Words of one character set, each of which may also hold ASCII. */
const wordsOf = (letters: readonly Text[]): fc.Arbitrary<Text> => someOf([...letters, ...ascii])

interface CharacterSet {
  readonly terms: string
  readonly words: fc.Arbitrary<Text>
  /** DCMTK's converter does not know the Japanese sets. */
  readonly isKnownToDcmtk: boolean
}

const singleByte = Object.entries({
  'ISO_IR 100': 'windows-1252',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 166': 'windows-874',
}).map(([terms, decoder]): CharacterSet => ({
  terms,
  words: wordsOf(lettersOf(decoder, upperHalf)),
  isKnownToDcmtk: true,
}))

/** Codes of two bytes whose second may look like a backslash, a caret or an equals sign. */
const extendedPairs = [...range(0x81, 0xa0), ...range(0xaa, 0xfd)].flatMap((lead) =>
  range(0x40, 0x7e).map((trail) => Uint8Array.of(lead, trail)),
)

const wholeSets: readonly CharacterSet[] = [
  ...singleByte,
  { terms: 'ISO_IR 192', words: wordsOf(Array.from('éßŁΩЖ山やホ한𠮷', utf8)), isKnownToDcmtk: true },
  { terms: 'GB18030', words: wordsOf(lettersOf('gb18030', [...hanzi, ...extendedPairs])), isKnownToDcmtk: true },
  { terms: 'GBK', words: wordsOf(lettersOf('gbk', [...hanzi, ...extendedPairs])), isKnownToDcmtk: true },
]

function utf8(text: string): Text {
  return { text, bytes: Buffer.from(text) }
}

/** Letters after the escape sequence that switches to their set, and the sequence that ends them, if one is needed. */
const escaped = (letters: readonly Text[], before: string, after = ''): fc.Arbitrary<Text> =>
  someOf(letters, 3).map(({ text, bytes }) => ({
    text,
    bytes: Buffer.concat([Buffer.from(before, 'latin1'), bytes, Buffer.from(after, 'latin1')]),
  }))

const inSevenBits = (letters: readonly Text[]): readonly Text[] =>
  letters.map(({ text, bytes }) => ({ text, bytes: bytes.map((byte) => byte & 0x7f) as Buffer }))
const jis0208 = inSevenBits(lettersOf('euc-jp', pairs))
const jis0212 = lettersOf(
  'euc-jp',
  pairs.map((pair) => Uint8Array.of(0x8f, ...pair)),
).map(({ text, bytes }) => ({
  text,
  bytes: inSevenBits([{ text, bytes: bytes.subarray(1) }])[0]!.bytes,
}))
const escape = '\x1b'
const plain = someOf(ascii, 3)

/** Code extensions (PS3.3 C.12.1.1.2). Words mix the sets that are declared. */
const extendedSets: readonly CharacterSet[] = [
  {
    terms: '\\ISO 2022 IR 149',
    words: fc.oneof(plain, escaped(lettersOf('euc-kr', hangulAndHanja), `${escape}$)C`)),
    isKnownToDcmtk: true,
  },
  {
    terms: '\\ISO 2022 IR 58',
    words: fc.oneof(plain, escaped(lettersOf('gb2312', hanzi), `${escape}$)A`)),
    isKnownToDcmtk: true,
  },
  {
    terms: '\\ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126',
    words: fc.oneof(
      plain,
      escaped(lettersOf('windows-1252', upperHalf), `${escape}-A`),
      escaped(lettersOf('iso-8859-5', upperHalf), `${escape}-L`),
      escaped(lettersOf('iso-8859-7', upperHalf), `${escape}-F`),
    ),
    isKnownToDcmtk: true,
  },
  {
    terms: '\\ISO 2022 IR 87\\ISO 2022 IR 159',
    words: fc.oneof(
      plain,
      escaped(jis0208, `${escape}$B`, `${escape}(B`),
      escaped(jis0212, `${escape}$(D`, `${escape}(B`),
    ),
    isKnownToDcmtk: false,
  },
  {
    terms: 'ISO 2022 IR 13\\ISO 2022 IR 87',
    words: fc.oneof(
      someOf(
        lettersOf(
          'shift_jis',
          range(0xa1, 0xdf).map((byte) => Uint8Array.of(byte)),
        ),
        3,
      ),
      escaped(jis0208, `${escape}$B`, `${escape}(J`),
    ),
    isKnownToDcmtk: false,
  },
]

const separatedBy = (separator: string, parts: readonly Text[]): Text =>
  joined(parts.flatMap((part, index) => (index === 0 ? [part] : [utf8(separator), part])))

interface NamesAndTexts {
  readonly elements: readonly WrittenElement[]
  /** The names and texts that were written, by tag. */
  readonly expected: Readonly<Record<string, readonly unknown[]>>
}

const groupNames = ['Alphabetic', 'Ideographic', 'Phonetic'] as const

/** A name with component groups, a text of several values and one of a single value. */
const namesAndTexts = ({ words }: CharacterSet): fc.Arbitrary<NamesAndTexts> => {
  const group = fc.array(words, { minLength: 1, maxLength: 3 }).map((parts) => separatedBy('^', parts))
  const groups = fc.array(group, { minLength: 1, maxLength: 3 })
  const values = fc.array(words, { minLength: 1, maxLength: 3 })
  return fc
    .record({ names: fc.array(groups, { minLength: 1, maxLength: 2 }), values, line: words })
    .map(({ names, values, line }) => ({
      elements: [
        padded('00081030', 'LO', separatedBy('\\', values)),
        padded(
          '00101001',
          'PN',
          separatedBy(
            '\\',
            names.map((name) => separatedBy('=', name)),
          ),
        ),
        padded('00104000', 'LT', line),
      ],
      expected: {
        '00081030': values.map(({ text }) => text),
        '00101001': names.map((name) => Object.fromEntries(name.map(({ text }, index) => [groupNames[index]!, text]))),
        '00104000': [line.text],
      },
    }))
}

function padded(tag: string, vr: string, { bytes }: Text): WrittenElement {
  return { tag, vr, bytes: bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(' ')]) }
}

/** A data set in one character set, with an item in another or in the same by inheritance. */
const files = fc
  .tuple(
    fc.constantFrom(...wholeSets, ...extendedSets),
    fc.option(fc.constantFrom(...wholeSets, ...extendedSets), { nil: undefined }),
    fc.boolean(),
  )
  .chain(([outer, inner, afterEmpty]) =>
    fc.record({
      outer: fc.constant(declarationOf(outer)),
      inner: fc.constant(inner && declarationOf(inner)),
      afterEmpty: fc.constant(afterEmpty),
      isNested: fc.boolean(),
      texts: namesAndTexts(outer),
      itemTexts: namesAndTexts(inner ?? outer),
    }),
  )

type Declaration = Pick<CharacterSet, 'terms' | 'isKnownToDcmtk'>

function declarationOf({ terms, isKnownToDcmtk }: CharacterSet): Declaration {
  return { terms, isKnownToDcmtk }
}

const declared = ({ terms }: Declaration) => padded('00080005', 'CS', utf8(terms))
const sequence = '00321064'

describe('names and texts of any character set', function () {
  this.timeout(60_000)

  it('are read as written, and as DCMTK reads them, also in items with and without a character set of their own', () =>
    fc.assert(
      fc.asyncProperty(files, async ({ outer, inner, afterEmpty, isNested, texts, itemTexts }) => {
        const item = {
          elements: [...(inner ? [declared(inner)] : []), ...itemTexts.elements],
          length: 'defined' as const,
        }
        const empty = { elements: [], length: 'defined' as const }
        const sequenceOf = (items: readonly WrittenItem[]) =>
          ({ tag: sequence, vr: 'SQ', items, length: 'undefined' }) as const
        const inItem = sequenceOf(afterEmpty ? [empty, item] : [item])
        const around = sequenceOf([{ elements: [inItem], length: 'defined' }])
        const elements = [declared(outer), ...texts.elements, isNested ? around : inItem]
        const bytes = writtenFile(elements, 'explicit')
        const read = comparable(parseDicomFile(bytes).dataset)
        for (const [tag, values] of Object.entries(texts.expected)) {
          expect(read[tag], `${tag} in ${outer.terms}`).to.deep.equal(values)
        }
        const first = read[sequence]![0] as typeof read
        const readItem = isNested ? (first[sequence]![0] as typeof read) : first
        for (const [tag, values] of Object.entries(itemTexts.expected)) {
          expect(readItem[tag], `${tag} of the item in ${(inner ?? outer).terms}`).to.deep.equal(values)
        }
        // DCMTK's dcm2json ignores the character set of an item, against PS3.5 7.5.3.
        if (!outer.isKnownToDcmtk || inner !== undefined) return
        const byDcmtk = comparable(await readByDcmtk(bytes))
        expect(read).to.deep.equal(byDcmtk)
      }),
      { numRuns: 100, endOnFailure: true },
    ))
})
