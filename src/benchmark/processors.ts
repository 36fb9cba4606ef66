import { readFile } from 'node:fs/promises'

/** Numbers of the processors that this process may run on. */
export async function ownProcessors(): Promise<readonly number[]> {
  const status = await readFile('/proc/self/status', 'utf8')
  return parseProcessorList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '0')
}

/** A list as Linux writes it: `0-2,5` (cpuset(7), List format). */
export function parseProcessorList(list: string): readonly number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
