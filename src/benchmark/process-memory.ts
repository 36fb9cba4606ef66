import { readFile, readdir } from 'node:fs/promises'

/** The most resident memory of a process that was seen, in megabytes. */
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

/** 0 once the process has ended. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

/** Number of open files and sockets of a process. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}
