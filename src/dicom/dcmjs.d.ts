// dcmjs ships no types; this file declares what we use.
declare module 'dcmjs' {
  export interface DcmjsElement {
    vr: string
    Value?: unknown[]
    InlineBinary?: string
    /** Strings as in the file, before dcmjs converts them to numbers. */
    _rawValue?: unknown
  }
  export type DcmjsDict = Record<string, DcmjsElement>
  interface ReadOptions {
    ignoreErrors?: boolean
    untilTag?: string | null
    includeUntilTagValue?: boolean
    noCopy?: boolean
  }
  class DicomDict {
    constructor(meta: DcmjsDict)
    meta: DcmjsDict
    dict: DcmjsDict
    write(options?: Record<string, unknown>): ArrayBuffer
  }
  interface Logger {
    setLevel(level: string): void
  }
  const dcmjs: {
    data: {
      DicomDict: typeof DicomDict
      DicomMessage: { readFile(buffer: ArrayBufferLike, options?: ReadOptions): DicomDict }
      DicomMetaDictionary: {
        naturalizeDataset(dict: DcmjsDict): Record<string, unknown>
        denaturalizeDataset(dataset: Record<string, unknown>): DcmjsDict
      }
    }
    log: Logger & { getLogger(name: string): Logger }
  }
  export default dcmjs
}
