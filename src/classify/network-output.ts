/** The network's output for one image, before calibration. */
export interface NetworkOutput {
  /** Stage one: log odds of pneumonia, uncalibrated; the mean of `activationMap`. */
  readonly pneumoniaLogit: number
  /** Evidence for pneumonia by location (Zhou et al. 2016), in logits, row-major, `activationSide` squared. */
  readonly activationMap: Float32Array<ArrayBuffer>
  readonly activationSide: number
  /** Stage two; sums to 1. */
  readonly subtype: { readonly normal: number; readonly viral: number; readonly bacterial: number }
  /** The trunk's features after global average pooling, all >= 0. */
  readonly features: Float32Array<ArrayBuffer>
}
