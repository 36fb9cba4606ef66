import { readFile, readdir } from 'node:fs/promises'

/** Samples the resident memory of a process. `stop` returns the maximum in MiB. */
export function sampleMemory(pid: number): { stop: () => number } {
  let most = 0
  const timer = setInterval(() => {
    void residentMb(pid).then((mb) => (most = Math.max(most, mb)))
  }, 200)
  return {
    stop: () => {
      clearInterval(timer)
      return most
    },
  }
}

/** Resident memory of a process in MiB; 0 after its end. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

/** Number of open files and sockets of a process. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}
