// dicom-character-set ships no types; this declares what we use of it.
declare module 'dicom-character-set' {
  /** @throws Error where the character set is none of the standard's */
  export function convertBytes(specificCharacterSet: string, bytes: Uint8Array, options?: { vr?: string }): string
}
