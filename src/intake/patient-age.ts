import type { Rule } from './rule.ts'
import type { ImageHeader } from './image-header.ts'

const daysPerYear = 365.2425
const unitsPerYear: Readonly<Record<string, number>> = { D: daysPerYear, W: daysPerYear / 7, M: 12, Y: 1 }

/**
 * Age at the study in years: from Study Date and Patient's Birth Date, else from Patient's Age (PS3.5 6.2, AS: `003Y`,
 * `010M`, `012W`, `090D`). Undefined if neither can be read. A bare number (`62`) occurs and is not interpreted.
 */
function patientAgeYears(header: ImageHeader): number | undefined {
  return ageFromDates(header.studyDate, header.patientBirthDate) ?? ageFromAgeString(header.patientAge)
}

/** The network was trained on ages one to five; age five ends at the sixth birthday. */
export const ageRule: Rule = (header, rules) => {
  const years = patientAgeYears(header)
  if (years === undefined) {
    return { kind: 'open', candidate: true, flag: { code: 'AGE_UNKNOWN', message: "The patient's age is unknown." } }
  }
  if (years >= rules.minAgeYears && Math.floor(years) <= rules.maxAgeYears) return { kind: 'passes' }
  const message = `The patient's age (${describeAge(years)}) is outside the intended range of ${rules.minAgeYears} to ${rules.maxAgeYears} years.`
  return rules.outsideAge === 'flag'
    ? { kind: 'flags', flag: { code: 'AGE_OUTSIDE_RANGE', message } }
    : { kind: 'refuses', candidate: true, code: 'AGE_OUTSIDE_RANGE', reason: message }
}

function describeAge(years: number): string {
  const months = Math.floor(years * 12)
  return months === 1 ? '1 month' : years < 2 ? `${months} months` : `${Math.floor(years)} years`
}

function ageFromDates(studyDate: string | undefined, birthDate: string | undefined): number | undefined {
  const study = parseDate(studyDate)
  const birth = parseDate(birthDate)
  if (study === undefined || birth === undefined) return undefined
  const hadBirthday = study.monthDay >= birth.monthDay
  const completedYears = study.year - birth.year - (hadBirthday ? 0 : 1)
  if (completedYears < 0 || completedYears > 130) return undefined
  const lastBirthday = Date.UTC(birth.year + completedYears, birth.month - 1, birth.day)
  const daysSince = (Date.UTC(study.year, study.month - 1, study.day) - lastBirthday) / 86_400_000
  return completedYears + Math.max(0, Math.min(daysSince / 366, 0.999))
}

interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly monthDay: number
}

/** Reads `YYYYMMDD`, and `YYYY.MM.DD` as used before DICOM 3.0. */
function parseDate(text: string | undefined): CalendarDate | undefined {
  const parts = text === undefined ? null : /^(\d{4})[.-]?(\d{2})[.-]?(\d{2})$/.exec(text)
  if (parts === null) return undefined
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  return { year, month, day, monthDay: month * 100 + day }
}

function ageFromAgeString(text: string | undefined): number | undefined {
  const parts = text === undefined ? null : /^(\d{1,3})([DWMY])$/i.exec(text)
  if (parts === null) return undefined
  return Number(parts[1]) / unitsPerYear[parts[2]!.toUpperCase()]!
}
