import type { Radiograph } from '../../src/pixels/radiograph.ts'

/**
 * A drawn chest: body, two dark lungs, spine, heart, ribs and a hazy spot low in the right lung. Not from a patient.
 */
export function syntheticRadiograph(width: number, height: number): Radiograph {
  const samples = new Uint16Array(width * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      samples[row * width + column] = Math.round(65535 * brightness((column + 0.5) / width, (row + 0.5) / height))
    }
  }
  return { width, height, samples }
}

/** @returns 0 black to 1 white at a place given as shares of width and height */
function brightness(x: number, y: number): number {
  const body = inside((x - 0.5) / 0.47, (y - 0.68) / 0.72)
  const lungs = Math.max(inside((x - 0.32) / 0.15, (y - 0.47) / 0.3), inside((x - 0.68) / 0.15, (y - 0.47) / 0.3))
  const heart = inside((x - 0.56) / 0.14, (y - 0.6) / 0.15)
  const spine = Math.exp(-(((x - 0.5) / 0.035) ** 2))
  const ribs = Math.sin(58 * (y + 0.9 * (x - 0.5) ** 2)) ** 2
  const haze = Math.exp(-(((x - 0.31) / 0.07) ** 2 + ((y - 0.6) / 0.08) ** 2))
  const air = 0.62 - 0.46 * lungs * (1 - 0.9 * heart) + 0.07 * ribs * lungs + 0.24 * haze * lungs
  return 0.015 + body * Math.min(0.95, air + 0.2 * spine)
}

/** 1 inside the unit circle, 0 outside, softly between. */
function inside(u: number, v: number): number {
  return 1 / (1 + Math.exp(18 * (Math.hypot(u, v) - 1)))
}
