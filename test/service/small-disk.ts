import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'mocha'

export interface SmallDisk {
  readonly dir: string
  /** Fills the disk until only that many bytes are left. */
  fill(leftBytes: number): void
  /** Deletes what `fill` wrote. */
  makeRoom(): void
}

/** Runs a test with a disk of its own, in memory. Only root can mount one; otherwise the test is skipped. */
export async function onSmallDisk(
  context: Context,
  megabytes: number,
  test: (disk: SmallDisk) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'lung-triage-disk-'))
  try {
    if (!mount(dir, megabytes)) {
      context.test!.title += ' (skipped: only root can mount a tmpfs)'
      context.skip()
    }
    try {
      await test(diskAt(dir))
    } finally {
      // Lazily, so that a failed test that left a file open does not hide its failure.
      execFileSync('umount', ['-l', dir])
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

function mount(dir: string, megabytes: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function diskAt(dir: string): SmallDisk {
  const filler = join(dir, 'filler')
  return {
    dir,
    fill: (leftBytes) => {
      const { bavail, bsize } = statfsSync(dir)
      writeFileSync(filler, Buffer.alloc(bavail * bsize - leftBytes))
    },
    makeRoom: () => {
      rmSync(filler)
    },
  }
}
