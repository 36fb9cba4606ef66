import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { otherTraining } from '../errors.ts'

/**
 * The parts of a features file, written to a folder beside it by any number of processes. Each part is written
 * atomically and always has the same content, so two processes may write the same part.
 */
export class FeatureParts {
  readonly #out: string
  readonly #dir: string
  readonly #digest: string

  private constructor(out: string, digest: string) {
    this.#out = out
    this.#dir = `${out}.parts`
    this.#digest = digest
  }

  /**
   * @param out the features file
   * @param digest of the inputs of the features
   * @throws TRAINING_OTHER_RECIPE if the folder holds parts with a different digest
   */
  static async open(out: string, digest: string): Promise<FeatureParts> {
    const parts = new FeatureParts(out, digest)
    if (await parts.isMerged()) return parts
    await mkdir(parts.#dir, { recursive: true })
    const digestFile = join(parts.#dir, 'digest')
    if (!existsSync(digestFile)) await writeWhole(digestFile, digest)
    if ((await readFile(digestFile, 'utf8')) !== digest) throw otherTraining(parts.#dir)
    return parts
  }

  /** Whether this or another process has completed the features file. */
  async isMerged(): Promise<boolean> {
    const marker = `${this.#out}.digest`
    return existsSync(this.#out) && existsSync(marker) && (await readFile(marker, 'utf8')) === this.#digest
  }

  async present(): Promise<ReadonlySet<number>> {
    const names = existsSync(this.#dir) ? await readdir(this.#dir) : []
    return new Set(names.flatMap((name) => (/^\d+\.txt$/.test(name) ? [Number.parseInt(name, 10)] : [])))
  }

  write(index: number, text: string): Promise<void> {
    return writeWhole(join(this.#dir, `${index}.txt`), text)
  }

  /** Joins all parts in order and removes them. Another process may be doing the same. */
  async merge(count: number): Promise<void> {
    try {
      const texts: string[] = []
      for (let index = 0; index < count; index++) texts.push(await readFile(join(this.#dir, `${index}.txt`), 'utf8'))
      await writeWhole(this.#out, texts.join(''))
      await writeWhole(`${this.#out}.digest`, this.#digest)
    } catch (error) {
      // Another process has already joined and removed the parts.
      if (!(await this.isMerged())) throw error
    }
    await rm(this.#dir, { recursive: true, force: true })
  }
}

/** Writes a file atomically; each process writes to its own temporary file first. */
async function writeWhole(path: string, text: string): Promise<void> {
  const own = `${path}.${randomUUID()}`
  await writeFile(own, text)
  await rename(own, path)
}
