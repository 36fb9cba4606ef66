// The types on npm are of version 1 and bring a browser's globals with them; this declares what we use of version 2.
declare module 'opentype.js' {
  export interface Path {
    toPathData(decimalPlaces: number): string
  }
  export interface Glyph {
    readonly advanceWidth?: number
    getPath(x: number, y: number, fontSize: number): Path
  }
  export interface Font {
    readonly unitsPerEm: number
    charToGlyph(character: string): Glyph
  }
  const opentype: { parse(buffer: ArrayBuffer, options?: { readonly lowMemory: boolean }): Font }
  export default opentype
}
