import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { tensorFileDamaged } from '../errors.ts'
import type { NamedTensor, NamedTensors } from './training-step.ts'

/** Tensors and their description, in one file. */
interface TensorFile {
  /** JSON. */
  readonly description: unknown
  readonly tensors: NamedTensors
}

const headerSchema = z.object({
  description: z.unknown(),
  tensors: z.array(z.object({ name: z.string(), shape: z.array(z.number().int().positive()) })),
})

const lengthBytes = 4

/**
 * Writes the header length, a JSON header and the tensors as float32. The file is replaced atomically, so a run that is
 * killed while writing resumes from the previous file.
 */
export async function writeTensorFile(path: string, { description, tensors }: TensorFile): Promise<void> {
  const list = [...tensors].map(([name, { shape }]) => ({ name, shape }))
  const json = Buffer.from(JSON.stringify({ description, tensors: list }))
  // Values start at a multiple of four bytes, so that they can be read in place.
  const header = Buffer.concat([json, Buffer.alloc((4 - (json.length % 4)) % 4, ' ')])
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32LE(header.length)
  const values = [...tensors.values()].map(
    ({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  )
  await writeFile(`${path}.part`, Buffer.concat([length, header, ...values]))
  await rename(`${path}.part`, path)
}

/**
 * @returns undefined if the file does not exist
 * @throws TRAINING_TENSOR_FILE_DAMAGED
 */
export async function readTensorFile(path: string): Promise<TensorFile | undefined> {
  if (!existsSync(path)) return undefined
  // The copy gives the values an aligned buffer.
  const bytes = Uint8Array.from(await readFile(path)).buffer
  if (bytes.byteLength < lengthBytes) throw tensorFileDamaged(path)
  const headerEnd = lengthBytes + new DataView(bytes).getUint32(0, true)
  const header = headerSchema.safeParse(parseJson(new TextDecoder().decode(bytes.slice(lengthBytes, headerEnd))))
  if (!header.success) throw tensorFileDamaged(path)
  const tensors = new Map<string, NamedTensor>()
  let at = headerEnd
  for (const { name, shape } of header.data.tensors) {
    const length = shape.reduce((product, size) => product * size, 1)
    if (at + 4 * length > bytes.byteLength) throw tensorFileDamaged(path)
    tensors.set(name, { shape, values: new Float32Array(bytes, at, length) })
    at += 4 * length
  }
  if (at !== bytes.byteLength) throw tensorFileDamaged(path)
  return { description: header.data.description, tensors }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
