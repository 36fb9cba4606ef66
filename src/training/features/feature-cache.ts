import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { cacheDamaged } from '../errors.ts'

/**
 * Features by key, appended to two files: `keys.txt` with one key per line and `features.f32` with one row per key.
 * Opening drops incomplete entries, so that an interrupted run resumes.
 */
export class FeatureCache {
  readonly #length: number
  readonly #keysFile: number
  readonly #rowsFile: number
  readonly #rowOf = new Map<string, number>()

  /** @param length values per row */
  constructor(dir: string, length: number) {
    mkdirSync(dir, { recursive: true })
    this.#length = length
    const keysPath = join(dir, 'keys.txt')
    const rowsPath = join(dir, 'features.f32')
    this.#keysFile = openSync(keysPath, 'a+')
    this.#rowsFile = openSync(rowsPath, 'a+')
    const rowBytes = 4 * length
    const rows = Math.floor(statSync(rowsPath).size / rowBytes)
    const text = readFileSync(keysPath, 'utf8')
    const keys = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1)
    const whole = Math.min(rows, keys.length)
    for (const key of keys.slice(0, whole)) this.#rowOf.set(key, this.#rowOf.size)
    if (this.#rowOf.size !== whole) throw cacheDamaged(keysPath, 'it contains a key twice')
    ftruncateSync(this.#rowsFile, whole * rowBytes)
    ftruncateSync(
      this.#keysFile,
      Buffer.byteLength(
        keys
          .slice(0, whole)
          .map((key) => `${key}\n`)
          .join(''),
      ),
    )
  }

  has(key: string): boolean {
    return this.#rowOf.has(key)
  }

  /** The row of a key, or undefined. */
  read(key: string): Float32Array<ArrayBuffer> | undefined {
    const row = this.#rowOf.get(key)
    if (row === undefined) return undefined
    const values = new Float32Array(this.#length)
    readSync(this.#rowsFile, values, 0, values.byteLength, row * values.byteLength)
    return values
  }

  append(entries: readonly { readonly key: string; readonly values: Float32Array }[]): void {
    for (const { key, values } of entries) {
      if (this.has(key)) continue
      writeSync(this.#rowsFile, values)
      writeSync(this.#keysFile, `${key}\n`)
      this.#rowOf.set(key, this.#rowOf.size)
    }
    fsyncSync(this.#rowsFile)
  }

  close(): void {
    closeSync(this.#keysFile)
    closeSync(this.#rowsFile)
  }
}
