import type { ChaosResult } from './chaos.ts'
import { resultKinds } from './verdict.ts'

/**
 * Problems, one per line: studies with missing or duplicate results, dead letters, results on another patient, and programs
 * that exited unexpectedly.
 */
export function problemsOf({ studies, misplaced, deviceCount, ends }: ChaosResult): readonly string[] {
  const ofStudies = studies.flatMap(({ name, verdict: { missing, doubled, undone } }) => [
    ...(missing.length > 0 ? [`${name} lacks: ${missing.join(', ')}`] : []),
    ...(doubled.length > 0 ? [`${name} has duplicates: ${doubled.join(', ')}`] : []),
    ...undone.map((what) => `${name} is ${what}`),
  ])
  const ofPrograms = Object.entries(ends).flatMap(([part, { ownEnds }]) =>
    ownEnds.map((lastWords) => `the ${part} exited unexpectedly: ${lastWords}`),
  )
  const ofDevices = deviceCount > 1 ? [`the record has ${deviceCount} Devices for one algorithm`] : []
  return [...ofStudies, ...misplaced, ...ofPrograms, ...ofDevices]
}

/** The outcome of all studies, as readable text. */
export function resultTable(result: ChaosResult): string {
  const { studies, failures, ends } = result
  const count = (isMeant: (verdict: ChaosResult['studies'][number]['verdict']) => boolean): number =>
    studies.filter(({ verdict }) => isMeant(verdict)).length
  const rows: readonly (readonly [string, number])[] = [
    ['studies', studies.length],
    ['complete', count(({ missing, undone }) => missing.length === 0 && undone.length === 0)],
    ['dead or not delivered', count(({ undone }) => undone.length > 0)],
    ['with a missing result', count(({ missing }) => missing.length > 0)],
    ['with a duplicate result', count(({ doubled }) => doubled.length > 0)],
    ['on another patient', result.misplaced.length],
    ...resultKinds.map((kind) => [kind, studies.reduce((sum, { found }) => sum + found[kind], 0)] as const),
    ...[...failures].map(([part, times]) => [`failures: ${part}`, times] as const),
    ...Object.entries(ends).flatMap(([part, { killed, refusedStarts }]) => [
      [`${part} killed`, killed] as const,
      [`${part} failed starts`, refusedStarts] as const,
    ]),
  ]
  return [
    ...rows.map(([what, number]) => `${what.padEnd(28)}${String(number).padStart(6)}`),
    ...problemsOf(result),
  ].join('\n')
}
