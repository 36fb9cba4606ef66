/** Transfer syntaxes by name (PS3.6 Annex A). */
export const transferSyntax = {
  implicitLittleEndian: '1.2.840.10008.1.2',
  explicitLittleEndian: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  explicitBigEndian: '1.2.840.10008.1.2.2',
  rle: '1.2.840.10008.1.2.5',
  jpegBaseline: '1.2.840.10008.1.2.4.50',
  jpegExtended: '1.2.840.10008.1.2.4.51',
  jpegSpectralSelection: '1.2.840.10008.1.2.4.53',
  jpegFullProgression: '1.2.840.10008.1.2.4.55',
  jpegLossless: '1.2.840.10008.1.2.4.57',
  jpegLosslessSv1: '1.2.840.10008.1.2.4.70',
  jpegLsLossless: '1.2.840.10008.1.2.4.80',
  jpegLsNearLossless: '1.2.840.10008.1.2.4.81',
  jpeg2000Lossless: '1.2.840.10008.1.2.4.90',
  jpeg2000: '1.2.840.10008.1.2.4.91',
  htj2kLossless: '1.2.840.10008.1.2.4.201',
  htj2kLosslessRpcl: '1.2.840.10008.1.2.4.202',
  htj2k: '1.2.840.10008.1.2.4.203',
} as const

/** Transfer syntaxes that compress with loss (PS3.5 8.2). */
export const lossyTransferSyntaxes: ReadonlySet<string> = new Set([
  transferSyntax.jpegBaseline,
  transferSyntax.jpegExtended,
  transferSyntax.jpegSpectralSelection,
  transferSyntax.jpegFullProgression,
  transferSyntax.jpegLsNearLossless,
  transferSyntax.jpeg2000,
  transferSyntax.htj2k,
])
