import type { DcmjsDict, DcmjsElement } from 'dcmjs'
import { convertBytes } from 'dicom-character-set'
import type { DataSet, Element } from 'dicom-parser'

/** VRs whose text depends on Specific Character Set (PS3.5 6.1.2.3), and whether a backslash separates values. */
const textVrs: ReadonlyMap<string, 'one value' | 'several values'> = new Map([
  ['PN', 'several values'],
  ['LO', 'several values'],
  ['SH', 'several values'],
  ['UC', 'several values'],
  ['ST', 'one value'],
  ['LT', 'one value'],
  ['UT', 'one value'],
])

/** In the form of dicom-parser. */
export const specificCharacterSet = 'x00080005'

/**
 * Decodes the texts with non-ASCII characters again. With several character sets (ISO 2022 code extensions, in most
 * Japanese, Korean and Chinese names) dcmjs uses only the first. It also reads an empty number as 0.
 * @param structure the same data set from dicom-parser, which holds the bytes
 * @param inherited Specific Character Set of the data set around an item, if any
 */
export function withUnicodeTexts(dict: DcmjsDict, structure: DataSet, inherited?: string): DcmjsDict {
  const written = structure.elements[specificCharacterSet] && structure.string(specificCharacterSet)
  const characterSet = written === undefined ? inherited : asDefinedTerms(written)
  return Object.fromEntries(
    Object.entries(dict).map(([tag, read]) => {
      const element = structure.elements[`x${tag.toLowerCase()}`]
      return [tag, element === undefined ? read : withUnicodeValue(read, element, structure, characterSet)]
    }),
  )
}

function withUnicodeValue(
  read: DcmjsElement,
  element: Element,
  { byteArray }: DataSet,
  characterSet: string | undefined,
): DcmjsElement {
  if (read.vr === 'SQ') {
    // dcmjs leaves out empty items.
    const structures = (element.items ?? []).flatMap(({ dataSet }) => (isEmpty(dataSet) ? [] : [dataSet]))
    const items = (read.Value ?? []).map((item, index) => {
      const inside = structures[index]
      return inside === undefined ? item : withUnicodeTexts(item as DcmjsDict, inside, characterSet)
    })
    return { ...read, Value: items }
  }
  if (element.length === 0) return { vr: read.vr }
  const kind = textVrs.get(read.vr)
  const bytes = byteArray.subarray(element.dataOffset, element.dataOffset + element.length) as Uint8Array
  if (kind === undefined || characterSet === undefined || !bytes.some(isNotAscii)) return read
  const text = unicodeOf(bytes, characterSet, read.vr)
  if (text === undefined) return read
  const values = (kind === 'one value' ? [text] : text.split('\\')).map((value) => value.replace(/[ \0]+$/, ''))
  return { vr: read.vr, Value: read.vr === 'PN' ? values.map(nameGroupsOf) : values }
}

/** dicom-parser also lists the delimiter of an item of undefined length. */
function isEmpty(item: DataSet | undefined): boolean {
  return item !== undefined && Object.keys(item.elements).every((tag) => tag === 'xfffee00d')
}

/** ESC starts a code extension, whose characters may all have seven bits. */
function isNotAscii(byte: number): boolean {
  return byte >= 0x80 || byte === 0x1b
}

/** Undefined if the character set is not in the standard; dcmjs's reading as Latin-1 then stays. */
function unicodeOf(bytes: Uint8Array, characterSet: string, vr: string): string | undefined {
  try {
    return convertBytes(characterSet, bytes, { vr })
  } catch {
    return undefined
  }
}

/**
 * Corrects the common errors `ISO-IR 100` and `ISO IR 100` to `ISO_IR 100`; ISO 2022 terms use spaces (PS3.3
 * C.12.1.1.2).
 */
function asDefinedTerms(written: string): string {
  return written
    .split('\\')
    .map((term) => term.trim().toUpperCase())
    .map((term) => term.replace(/^ISO[-_ ]IR[-_ ]?(\d+)$/, 'ISO_IR $1').replace(/^ISO[-_ ]2022[-_ ]/, 'ISO 2022 '))
    .join('\\')
}

/** Component groups of a name (PS3.5 6.2.1), in the DICOM JSON Model. */
function nameGroupsOf(text: string): Readonly<Record<string, string>> {
  const groups = text.split('=')
  return Object.fromEntries(
    ['Alphabetic', 'Ideographic', 'Phonetic'].flatMap((name, index) => {
      const group = groups[index]?.trimEnd() ?? ''
      return group === '' ? [] : [[name, group]]
    }),
  )
}
