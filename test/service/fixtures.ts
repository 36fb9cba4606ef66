import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import sharp from 'sharp'
import type { Decision, ImagePrediction, Prediction } from '../../src/classify/prediction.ts'
import type { ImageHeader } from '../../src/intake/image-header.ts'
import type { KeptResults, StudyOutcome } from '../../src/pipeline.ts'
import type { ResultObjects } from '../../src/report/result-objects.ts'
import type { StudyEffects } from '../../src/service/studies/study-recorder.ts'
import type { Clock } from '../../src/clock.ts'
import { testTime } from '../running-test.ts'

/** Patient data that must not appear in logs, metrics or anywhere else that must be free of patient data. */
export const planted = { name: 'PLANTED^PATIENT^NAME', id: 'PLANTED-PATIENT-ID-4711' } as const

export interface SetClock extends Clock {
  /** Lets time pass. With a negative number, the time of day is set back and no time passes. */
  advance(ms: number): void
}

/** A clock that changes only when it is advanced. */
export function setClock(start = '2026-03-01T08:00:00.000Z'): SetClock {
  let nowMs = Date.parse(start)
  let steadyMs = 0.25
  return {
    now: () => new Date(nowMs),
    steadyMs: () => steadyMs,
    advance: (ms) => {
      nowMs += ms
      steadyMs += Math.max(0, ms)
    },
  }
}

/** A clock whose time of day can be set without that any time passes. */
export function freeClock(start = '2026-03-01T08:00:00.000Z'): SetClock & { readonly set: (ms: number) => void } {
  let setMs = 0
  const clock = setClock(start)
  return {
    now: () => new Date(clock.now().getTime() + setMs),
    steadyMs: clock.steadyMs,
    advance: (ms) => {
      clock.advance(ms)
    },
    set: (ms) => {
      setMs += ms
    },
  }
}

export const realClock: Clock = { now: () => new Date(), steadyMs: () => performance.now() }

/** A folder in memory where the system has one, for tests that commit so often that syncing a disk takes most time. */
export const memoryDir = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Runs a test with its own folder, which is deleted afterwards. */
export async function inTempDir(test: (dir: string) => Promise<void> | void, parent = tmpdir()): Promise<void> {
  const dir = mkdtempSync(join(parent, 'lung-triage-service-'))
  try {
    await test(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** A distinct Study Instance UID for each number. */
export function studyUid(number: number): string {
  return `1.2.826.0.1.3680043.10.1338.${number}`
}

function header(studyInstanceUid: string): ImageHeader {
  return {
    sopClassUid: '1.2.840.10008.5.1.4.1.1.1',
    sopInstanceUid: `${studyInstanceUid}.1.1`,
    seriesInstanceUid: `${studyInstanceUid}.1`,
    studyInstanceUid,
    modality: 'CR',
    imageType: ['ORIGINAL', 'PRIMARY'],
    manufacturer: undefined,
    seriesDescription: undefined,
    studyDescription: undefined,
    protocolName: undefined,
    presentationIntentType: undefined,
    viewPosition: 'AP',
    viewCode: undefined,
    patientOrientation: [],
    bodyPartExamined: 'CHEST',
    anatomicRegion: undefined,
    studyDate: '20260301',
    patientBirthDate: '20230115',
    patientAge: '003Y',
    burnedInAnnotation: undefined,
    photometricInterpretation: 'MONOCHROME2',
    rows: 4,
    columns: 4,
    numberOfFrames: 1,
    pixelSpacingMm: undefined,
  }
}

function source(studyInstanceUid: string): Prediction['source'] {
  return {
    '00080020': { vr: 'DA', Value: ['20260301'] },
    '00080050': { vr: 'SH', Value: [`A-${studyInstanceUid.split('.').at(-1) ?? ''}`] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: planted.name }] },
    '00100020': { vr: 'LO', Value: [planted.id] },
    '0020000D': { vr: 'UI', Value: [studyInstanceUid] },
  }
}

const thresholds = { present: 0.6, absent: 0.4 }
export const model = { name: 'pneumonia', version: '0.1.0', digest: 'ab'.repeat(32) }

function decide(pneumonia: number): Decision {
  if (pneumonia >= thresholds.present) return 'present'
  return pneumonia < thresholds.absent ? 'absent' : 'undetermined'
}

export function prediction(studyInstanceUid: string, pneumonia: number): Extract<Prediction, { kind: 'analysed' }> {
  const image: ImagePrediction = {
    header: header(studyInstanceUid),
    displayDigest: 'd1'.repeat(32),
    lungs: {
      kind: 'found',
      box: { x: 0, y: 0, width: 4, height: 4 },
      quality: 0.9,
      mask: { side: 2, samples: Uint8Array.of(0, 1, 1, 0) },
    },
    probabilities: { pneumonia, normal: 1 - pneumonia, bacterial: pneumonia * 0.7, viral: pneumonia * 0.3 },
    decision: decide(pneumonia),
    activation: { width: 2, height: 2, samples: Float32Array.of(0, 0.25, 0.5, 1) },
    flags: [{ code: 'AGE_UNKNOWN', message: 'The age of the patient is not known.' }],
  }
  return {
    kind: 'analysed',
    decision: decide(pneumonia),
    images: [image],
    imagesDisagree: false,
    source: source(studyInstanceUid),
    studyInstanceUid,
    model,
    thresholds,
    notAnalysed: [],
    analysedAt: '2026-03-01T08:00:00.000Z',
  }
}

/** A drawn radiograph: two dark lungs in a bright chest, with a frame as in our pictures. */
export async function pictureFile(side = 440): Promise<Uint8Array<ArrayBuffer>> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 100 100">
    <rect width="100" height="100" fill="#0b0b0b"/><ellipse cx="50" cy="58" rx="46" ry="52" fill="#8d8d8d"/>
    <ellipse cx="33" cy="48" rx="14" ry="27" fill="#242424"/><ellipse cx="67" cy="48" rx="14" ry="27" fill="#242424"/>
    <rect x="47" y="10" width="6" height="75" fill="#b5b5b5"/><ellipse cx="69" cy="60" rx="8" ry="9" fill="#7d6a45"/>
    <rect x="17" y="19" width="66" height="58" fill="none" stroke="#ffb454" stroke-width="0.7"/></svg>`
  return new Uint8Array(await sharp(Buffer.from(svg)).jpeg().toBuffer())
}

/** The key of `resultsOf` a study. */
export function resultKeyOf(studyInstanceUid: string): string {
  return `result-${studyInstanceUid.replaceAll('.', '-')}`
}

export function resultsOf(finding: Prediction, jpeg: Uint8Array<ArrayBuffer>): ResultObjects {
  const { studyInstanceUid } = finding
  const object = (kind: 'structured-report' | 'secondary-capture', place: number) => ({
    kind,
    sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
    sopInstanceUid: `${studyInstanceUid}.9.${place}`,
    seriesInstanceUid: `${studyInstanceUid}.9`,
    bytes: Uint8Array.of(place, 1, 2, 255),
  })
  return {
    studyInstanceUid,
    resultKey: resultKeyOf(studyInstanceUid),
    parts: {
      structuredReport: [object('structured-report', 1)],
      pictures: finding.kind === 'analysed' ? [object('secondary-capture', 2)] : [],
      fhir: { resourceType: 'Bundle', type: 'transaction', entry: [] },
    },
    pagePictures: finding.kind === 'analysed' ? [jpeg] : [],
  }
}

export function reported({ prediction: finding, results }: KeptResults): StudyOutcome {
  return {
    kind: 'reported',
    prediction: finding,
    results,
    ms: { list: 3, decode: 41.5, lungs: 180, network: 52, report: 30 },
  }
}

/**
 * Waits until a condition holds.
 * @throws an error with the source of the condition when the test has no time left, so that mocha can end
 */
export async function until(condition: () => boolean | Promise<boolean>, pollMs = 5): Promise<void> {
  const isOver = testTime()
  while (!(await condition())) {
    if (isOver()) throw new Error(`Waited in vain until ${condition.toString().replace(/^(async )?\(\) => /, '')}`)
    await pause(pollMs)
  }
}

/** A recorder whose outcomes have no effects besides their record. */
export const noEffects: StudyEffects = { deliver: () => undefined, takeBackRejected: () => undefined }
