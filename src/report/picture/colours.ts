import type { Decision } from '../../classify/prediction.ts'

/**
 * Dark, for reading rooms. Hues by Okabe and Ito (2008), which people with red-green colour blindness can distinguish.
 */
export const colours = {
  background: '#07090c',
  panel: '#10141a',
  track: '#262d37',
  rule: '#2b333e',
  text: '#eef2f6',
  muted: '#a3afbd',
  warning: '#f0e442',
  lungBox: '#56b4e9',
  lungContour: '#9ad6f7',
} as const

/** Colour is never the only cue: the decision's name is next to it. */
export const decisionColours: Readonly<Record<Decision, string>> = {
  present: '#ff8a3d',
  undetermined: '#f0e442',
  absent: '#56b4e9',
}

type Rgb = readonly [red: number, green: number, blue: number]

/**
 * Brighter is stronger, so the order survives colour blindness and grayscale printing (upper part of matplotlib's
 * plasma).
 */
const activationRamp: readonly [Rgb, ...Rgb[]] = [
  [126, 3, 168],
  [204, 71, 120],
  [248, 149, 64],
  [252, 206, 37],
  [240, 249, 33],
]

/** Colour of an activation, 0–1. */
export function activationColour(strength: number): Rgb {
  const place = Math.min(Math.max(strength, 0), 1) * (activationRamp.length - 1)
  const below = Math.min(Math.floor(place), activationRamp.length - 2)
  const share = place - below
  const from = activationRamp[below]!
  const to = activationRamp[below + 1]!
  return [mix(from[0], to[0], share), mix(from[1], to[1], share), mix(from[2], to[2], share)]
}

/** Opacity of an activation, 0–1: zero for a weak one, and never enough to hide the radiograph. */
export function activationOpacity(strength: number): number {
  const weakest = 0.2
  const most = 0.55
  const risen = Math.min(Math.max((strength - weakest) / (1 - weakest), 0), 1)
  return most * risen * (2 - risen)
}

function mix(from: number, to: number, share: number): number {
  return Math.round(from + (to - from) * share)
}
