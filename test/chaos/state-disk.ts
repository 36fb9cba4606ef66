import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk in memory that can be full for a time, without using memory for it. */
export interface StateDisk {
  readonly dir: string
  fill(): void
  makeRoom(): void
  unmount(): void
}

/** A limit, not a use of memory: the state of a study takes some megabytes. */
const whole = '8g'
/** A commit of the service may come between the measurement and the new limit. */
const spareBytes = 2 ** 16

/** A new disk; undefined if this user cannot mount one, which only root can. */
export function mountStateDisk(): StateDisk | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'lung-triage-state-disk-'))
  const mount = (options: string): void => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', dir], { stdio: 'ignore' })
  }
  try {
    mount(`size=${whole}`)
  } catch {
    rmSync(dir, { recursive: true })
    return undefined
  }
  const unmount = (): void => {
    process.off('exit', unmount)
    execFileSync('umount', ['-l', dir])
    rmSync(dir, { recursive: true })
  }
  process.once('exit', unmount)
  return {
    ...{ dir, unmount },
    fill: () => {
      const { blocks, bfree, bsize } = statfsSync(dir)
      mount(`remount,size=${(blocks - bfree) * bsize + spareBytes}`)
    },
    makeRoom: () => {
      mount(`remount,size=${whole}`)
    },
  }
}
