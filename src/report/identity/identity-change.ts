import { type StudyIdentity, identityText } from './study-identity.ts'

/**
 * What a changed identity of a study means for its results:
 * - `none`: nothing changed;
 * - `correction`: the same person, written differently;
 * - `another-person`: the results are somebody else's;
 * - `doubt`: nobody but a person can tell.
 */
export type IdentityChange = 'none' | 'correction' | 'another-person' | 'doubt'

/** What a person decided about a doubt. */
export const identityVerdicts = ['correction', 'another-person'] as const
export type IdentityVerdict = (typeof identityVerdicts)[number]

/**
 * Compares whose a study was with whose it is now. Another person: the Patient IDs differ, or two issuers, birth dates
 * or sexes contradict each other. Doubt: no part of the family name is common to both names, and no equal birth date
 * speaks for one person.
 */
export function identityChange(before: StudyIdentity, now: StudyIdentity): IdentityChange {
  if (identityText(before) === identityText(now)) return 'none'
  if (before.patientId !== now.patientId || contradicting.some((name) => contradict(before[name], now[name])))
    return 'another-person'
  const sameBirthDate = before.patientBirthDate !== undefined && before.patientBirthDate === now.patientBirthDate
  return sameBirthDate || shareFamilyName(before, now) ? 'correction' : 'doubt'
}

const contradicting = ['issuerOfPatientId', 'issuerUniversalId', 'patientBirthDate', 'patientSex'] as const

/** Whether both are given and differ. */
function contradict(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other
}

/** A name that is missing contradicts none: it was added or removed. */
function shareFamilyName({ patientName: one }: StudyIdentity, { patientName: other }: StudyIdentity): boolean {
  const [ones, others] = [familyNameParts(one), familyNameParts(other)]
  return ones.size === 0 || others.size === 0 || !ones.isDisjointFrom(others)
}

/**
 * The words of the family name in all component groups (PS3.5 6.2.1), without case, accents and punctuation. A name
 * without `^` may hold given names too, in any order, so all its words count.
 */
function familyNameParts(name: StudyIdentity['patientName']): ReadonlySet<string> {
  return new Set(Object.values(name).flatMap((group) => wordsOf(group.split('^')[0]!)))
}

function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}+/gu, '')
  return plain.toUpperCase().match(/[\p{L}\p{N}]+/gu) ?? []
}
