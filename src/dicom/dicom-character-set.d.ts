// dicom-character-set ships no types; this file declares what we use.
declare module 'dicom-character-set' {
  /** @throws Error if the character set is not in the standard */
  export function convertBytes(specificCharacterSet: string, bytes: Uint8Array, options?: { vr?: string }): string
}
