import { wilsonInterval } from '../../src/feedback/wilson.ts'
import { isNoticed, type Verdict } from './journal.ts'
import type { FoundMutant } from './mutants.ts'
import { folderOf } from './scope.ts'

export interface TestedMutant extends FoundMutant {
  readonly verdict: Verdict
}

export interface ScopeResult {
  readonly name: string
  readonly all: readonly FoundMutant[]
  readonly tested: readonly TestedMutant[]
}

export interface FolderScore {
  readonly folder: string
  /** Mutants that Stryker makes of the folder, without those that are marked as equivalent. */
  readonly mutants: number
  readonly equivalent: number
  readonly tested: number
  readonly noticed: number
}

/** The score of what was asked for, then of its folders if there is more than one. */
export function scoresOf({ name, all, tested }: ScopeResult): readonly FolderScore[] {
  const testedIn = Map.groupBy(tested, ({ fileName }) => folderOf(fileName))
  const folders = Map.groupBy(all, ({ fileName }) => folderOf(fileName))
  const rows = [...folders].map(([folder, mutants]) => scoreOf(folder, mutants, testedIn.get(folder) ?? []))
  const whole = scoreOf(rows.length === 1 ? name : `${name}, all`, all, tested)
  return rows.length === 1 ? [whole] : [whole, ...rows]
}

function scoreOf(folder: string, all: readonly FoundMutant[], tested: readonly TestedMutant[]): FolderScore {
  const equivalent = all.filter((mutant) => mutant.equivalent !== undefined).length
  const noticed = tested.filter(isNoticed).length
  return { folder, mutants: all.length - equivalent, equivalent, tested: tested.length, noticed }
}

/** One row a folder: noticed share, with the 95 % interval of a sample. */
export function scoreTable(scores: readonly FolderScore[]): string {
  const head = ['folder', 'mutants', 'equivalent', 'tested', 'noticed', 'score', '95 % interval']
  const rows = scores.map(({ folder, mutants, equivalent, tested, noticed }) => [
    folder,
    ...[mutants, equivalent, tested, noticed].map(String),
    tested === 0 ? '' : percent(noticed / tested),
    tested === 0 || tested === mutants ? '' : wilsonInterval(noticed, tested).map(percent).join('–'),
  ])
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Each mutant that no test noticed: place, kind, what it puts in, and whether any test reaches it. */
export function survivorList(tested: readonly TestedMutant[]): string {
  return tested
    .filter((mutant) => !isNoticed(mutant))
    .toSorted((a, b) => a.fileName.localeCompare(b.fileName) || a.location.start.line - b.location.start.line)
    .map(({ fileName, location: { start }, mutatorName, replacement, verdict }) => {
      const reached = verdict === 'NoCoverage' ? ' (no test reaches it)' : ''
      const oneLine = replacement.replaceAll(/\s+/g, ' ').slice(0, 100)
      return `${fileName}:${start.line}:${start.column} ${mutatorName}${reached}: ${oneLine}`
    })
    .join('\n')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
