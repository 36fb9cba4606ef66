import { execFileSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** A source file to mutate: the whole of it, or some of its lines. */
export interface ScopedFile {
  readonly file: string
  /** First and last line, counted from 1. */
  readonly lines?: readonly (readonly [first: number, last: number])[]
}

/** The TypeScript files of a folder (`src/deliver`), or one file. Compiled kernels and declarations have no mutants. */
export function filesOf(path: string): readonly ScopedFile[] {
  if (statSync(path).isFile()) return [{ file: path }]
  const files = globSync(`${path}/**/*.ts`).filter((file) => !file.endsWith('.d.ts') && !file.includes('/assembly/'))
  return files.toSorted().map((file) => ({ file }))
}

/** The lines of src that differ from a commit, committed or not. */
export function filesSince(ref: string): readonly ScopedFile[] {
  return changedLines(
    execFileSync('git', ['diff', '--unified=0', '--no-color', ref, '--', 'src'], { encoding: 'utf8' }),
  )
}

/** The added and changed lines of TypeScript files in a diff without context. */
export function changedLines(diff: string): readonly ScopedFile[] {
  return diff
    .split(/^diff --git .*$/m)
    .slice(1)
    .flatMap((part) => {
      const file = /^\+\+\+ b\/(.*\.ts)$/m.exec(part)?.[1]
      const lines = [...part.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)].flatMap(([, first, count = '1']) =>
        // A hunk that only removes lines has none to mutate.
        count === '0' ? [] : [[Number(first), Number(first) + Number(count) - 1] as const],
      )
      return file === undefined || file.endsWith('.d.ts') || lines.length === 0 ? [] : [{ file, lines }]
    })
}

/**
 * The test files that may notice a mutant of these files: those that need no server, browser or training run, and all
 * in the folders of the same names.
 */
export function testsFor(files: readonly ScopedFile[]): readonly string[] {
  const own = new Set(files.map(({ file }) => dirname(file).replace(/^src/, 'test')))
  return globSync('test/**/*.test.ts')
    .filter((file) => own.has(dirname(file)) || !/\.(server|browser|training)\.test\.ts$/.test(file))
    .filter((file) => !file.startsWith('test/mutate/'))
    .toSorted()
}

/** The folder under src by which results are reported, at most two names deep: `src/service/queue`. */
export function folderOf(file: string): string {
  return file.split('/').slice(0, -1).slice(0, 3).join('/')
}
