import { readFile } from 'node:fs/promises'

/** Numbers of the processors on which this process may run (Linux only). */
export async function ownProcessors(): Promise<readonly number[]> {
  const status = await readFile('/proc/self/status', 'utf8')
  return parseProcessorList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '0')
}

/** Parses a list in the format of cpuset(7), for example `0-2,5`. */
export function parseProcessorList(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
