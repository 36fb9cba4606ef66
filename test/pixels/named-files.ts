import { sampleFile } from './sample-images.ts'

/** A name as bytes in a file and as text. The bytes are from PS3.5 Annexes H to K if these have an example. */
export interface NamedFile {
  readonly script: string
  readonly characterSet: readonly string[]
  /** One character per byte. */
  readonly bytes: string
  readonly name: Readonly<Partial<Record<'Alphabetic' | 'Ideographic' | 'Phonetic', string>>>
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1')

export const namedFiles: readonly NamedFile[] = [
  { script: 'Latin-1', characterSet: ['ISO_IR 100'], bytes: 'Buc^J\xe9r\xf4me', name: { Alphabetic: 'Buc^Jérôme' } },
  {
    script: 'Latin-2',
    characterSet: ['ISO_IR 101'],
    bytes: 'Wa\xb3\xeasa^Lech',
    name: { Alphabetic: 'Wałęsa^Lech' },
  },
  {
    script: 'UTF-8',
    characterSet: ['ISO_IR 192'],
    bytes: utf8('Nguyễn^Thị Mây=阮^氏雲'),
    name: { Alphabetic: 'Nguyễn^Thị Mây', Ideographic: '阮^氏雲' },
  },
  {
    script: 'Chinese, GB18030',
    characterSet: ['GB18030'],
    bytes: 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab',
    name: { Alphabetic: 'Wang^XiaoDong', Ideographic: '王^小东' },
  },
  {
    script: 'Chinese, GBK',
    characterSet: ['GBK'],
    bytes: 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab',
    name: { Alphabetic: 'Wang^XiaoDong', Ideographic: '王^小东' },
  },
  {
    script: 'Chinese with code extensions',
    characterSet: ['', 'ISO 2022 IR 58'],
    bytes: 'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab',
    name: { Alphabetic: 'Zhang^XiaoDong', Ideographic: '张^小东' },
  },
  { script: 'Cyrillic', characterSet: ['ISO_IR 144'], bytes: '\xbb\xeeceb\xda', name: { Alphabetic: 'Люcebк' } },
  {
    script: 'Japanese (H.3.1)',
    characterSet: ['', 'ISO 2022 IR 87'],
    bytes: 'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
    name: { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
  },
  {
    script: 'Japanese with half-width katakana (H.3.2)',
    characterSet: ['ISO 2022 IR 13', 'ISO 2022 IR 87'],
    bytes: '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J',
    name: { Alphabetic: 'ﾔﾏﾀﾞ^ﾀﾛｳ', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
  },
  {
    script: 'Korean (I.2)',
    characterSet: ['', 'ISO 2022 IR 149'],
    bytes: 'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
    name: { Alphabetic: 'Hong^Gildong', Ideographic: '洪^吉洞', Phonetic: '홍^길동' },
  },
  {
    script: 'Arabic',
    characterSet: ['ISO_IR 127'],
    bytes: '\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1',
    name: { Alphabetic: 'قباني^لنزار' },
  },
  {
    script: 'Greek',
    characterSet: ['ISO_IR 126'],
    bytes: '\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2',
    name: { Alphabetic: 'Διονυσιος' },
  },
  {
    script: 'Hebrew',
    characterSet: ['ISO_IR 138'],
    bytes: '\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4',
    name: { Alphabetic: 'שרון^דבורה' },
  },
  {
    script: 'Thai',
    characterSet: ['ISO_IR 166'],
    bytes: '\xca\xc1\xaa\xd2\xc2',
    name: { Alphabetic: 'สมชาย' },
  },
  {
    script: 'Latin-1, its term misspelt',
    characterSet: ['ISO-IR 100'],
    bytes: 'Buc^J\xe9r\xf4me',
    name: { Alphabetic: 'Buc^Jérôme' },
  },
]

/** A radiograph's file with such a name, inserted byte by byte because writers write only Unicode. */
export function fileWithName({ characterSet, bytes }: NamedFile): Uint8Array<ArrayBuffer> {
  const length = bytes.length + (bytes.length % 2)
  const placeholder = 'N'.repeat(length)
  const file = sampleFile(
    { bitsAllocated: 16, bitsStored: 12, signed: false },
    { SpecificCharacterSet: [...characterSet], PatientName: placeholder },
  )
  const at = Buffer.from(file).indexOf(placeholder)
  file.set(Buffer.from(bytes.padEnd(length), 'latin1'), at)
  return file
}
