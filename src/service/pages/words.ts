import type { Decision } from '../../classify/prediction.ts'

export const decisionWords: Readonly<Record<Decision, string>> = {
  present: 'Pneumonia present',
  absent: 'Pneumonia absent',
  undetermined: 'Undetermined',
}

export function wholePercent(share: number): string {
  return `${Math.round(share * 100)} %`
}

/** `2026-03-02` */
export function isoDate(time: Date): string {
  return time.toISOString().slice(0, 10)
}
