/** A published result on this data set's test split, 0–1; undefined if the paper does not state it. */
export interface PublishedResult {
  readonly name: string
  readonly accuracy: number | undefined
  readonly auc: number | undefined
  readonly sensitivity: number | undefined
}

/** Normal versus pneumonia. */
export const publishedBinary: readonly PublishedResult[] = [
  { name: 'the report that this method follows', accuracy: 0.923, auc: 0.9781, sensitivity: 0.9872 },
  { name: 'Rajaraman et al. 2018 (VGG16, lung crops)', accuracy: 0.962, auc: 0.99, sensitivity: 0.995 },
  { name: 'Ayan et al. 2021 (ensemble)', accuracy: 0.9583, auc: 0.9521, sensitivity: 0.9776 },
]

/** Normal, viral and bacterial; the AUC is the mean over the classes. */
export const publishedThreeClass: readonly PublishedResult[] = [
  { name: 'the report that this method follows', accuracy: 0.8365, auc: 0.8715, sensitivity: undefined },
  { name: 'Rajaraman et al. 2018', accuracy: 0.918, auc: 0.939, sensitivity: undefined },
  { name: 'Ayan et al. 2021', accuracy: 0.9071, auc: undefined, sensitivity: undefined },
]

/** The report's precision, recall and F1 by stage and class. */
export const reportByClass = {
  'stage one': {
    normal: [0.9745, 0.8162, 0.8884],
    pneumonia: [0.8995, 0.9872, 0.9413],
  },
  'stage two': {
    normal: [0.977, 0.739, 0.842],
    viral: [0.712, 0.75, 0.73],
    bacterial: [0.818, 0.983, 0.893],
  },
} as const
