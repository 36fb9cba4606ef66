import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { encodeHtj2k, compressWithOpenJpeg, withCodestream } from '../pixels/jpeg2000-programs.ts'
import { type PixelFormat, convertWith, sampleFile } from '../pixels/sample-images.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'

/** A file to mutate. */
export interface SeedFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The same in every run, so that a seed gives the same mutants. */
const uids = { studyInstanceUid: '2.25.1', seriesInstanceUid: '2.25.2', sopInstanceUid: '2.25.3' }
const uidTags = { StudyInstanceUID: '2.25.1', SeriesInstanceUID: '2.25.2', SOPInstanceUID: '2.25.3' }

const format: PixelFormat = { bitsAllocated: 16, bitsStored: 12, signed: false }

/** Small files of every transfer syntax, with windows and lookup tables. */
export async function generatedSeeds(): Promise<readonly SeedFile[]> {
  const plain = sampleFile(format, { ...uidTags, WindowCenter: '1800', WindowWidth: '2200', PixelPaddingValue: 0 })
  const withTables = sampleFile(format, {
    ...uidTags,
    ModalityLUTSequence: [{ LUTDescriptor: [4, 0, 16], LUTData: [Uint16Array.of(0, 9, 99, 999).buffer] }],
    VOILUTSequence: [{ LUTDescriptor: [4, 10, 8], LUTData: [Uint16Array.of(0, 51, 102, 255).buffer] }],
  })
  const { pixelData } = parseDicomFile(plain)
  const cells = pixelData?.kind === 'native' ? pixelData.bytes.subarray(0, 61 * 47 * 2) : new Uint8Array()
  const converted = [
    ['dcmconv', '+ti'],
    ['dcmconv', '+tb'],
    ['dcmconv', '+td'],
    ['dcmconv', '-F'],
    ['dcmcrle'],
    ['dcmcjpeg', '+ee'],
    ['dcmcjpeg', '+ep'],
    ['dcmcjpeg', '+e1'],
    ['dcmcjpls'],
    ['dcmcjpls', '+en', '+fs', '1'],
    ['gdcmconv', '--j2k'],
  ] as const
  return [
    { name: 'plain', bytes: plain },
    { name: 'lookup tables', bytes: withTables },
    ...(await Promise.all(
      converted.map(async ([command, ...options]) => ({
        name: [command, ...options].join(' '),
        bytes: await convertWith(plain, command, ...options),
      })),
    )),
    {
      name: 'JPEG 2000',
      bytes: withCodestream(plain, '1.2.840.10008.1.2.4.91', await compressWithOpenJpeg(cells, 12, format)),
    },
    { name: 'HTJ2K', bytes: withCodestream(plain, '1.2.840.10008.1.2.4.201', await encodeHtj2k(cells, format)) },
  ]
}

/** Chest radiographs of a child, at a size that the whole pipeline accepts. */
export async function chestSeeds(): Promise<readonly SeedFile[]> {
  const plain = childChestRadiograph({ ...uids, rows: 256, columns: 224 }).bytes
  return [
    { name: 'chest', bytes: plain },
    { name: 'chest, JPEG-LS', bytes: await convertWith(plain, 'dcmcjpls') },
    { name: 'chest, JPEG lossless', bytes: await convertWith(plain, 'dcmcjpeg', '+e1') },
    { name: 'chest, RLE', bytes: await convertWith(plain, 'dcmcrle') },
  ]
}

/** Third-party files from ../shared, if it exists. */
export function sharedSeeds(maxBytes: number): readonly SeedFile[] {
  const folder = '../shared/data/dicom'
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ name: path, bytes: new Uint8Array(readFileSync(path)) }))
    .filter(({ bytes }) => bytes.length <= maxBytes)
}
