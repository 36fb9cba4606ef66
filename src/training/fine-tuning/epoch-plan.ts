import type { Label } from '../data/kermany.ts'
import type { InputJob } from '../inputs/prepare-input.ts'
import type { HiddenLungs } from '../inputs/hide-lungs.ts'
import type { ImageLungs } from '../inputs/image-lungs.ts'
import { type Random, seededRandom, shuffle } from '../data/random.ts'
import type { FineTuningRecipe } from './recipe.ts'

/** A training image with all its versions. */
export interface PlannedImage {
  readonly label: Label
  /** The small file, and the original if available. */
  readonly files: readonly { readonly file: string; readonly lungs: ImageLungs }[]
  /** Mask of manually drawn lungs, if available. */
  readonly maskFile?: string | undefined
}

/** One image of a batch. */
export interface PlannedInput {
  readonly job: InputJob
  readonly label: Label
}

/**
 * Plans the inputs of an epoch: every image once in random order, randomly small or original and plain or varied.
 * Oversampling adds varied copies of normal images until both classes are equally frequent. The plan depends only on
 * seed and epoch, so a run can resume at any batch.
 * @param epoch counted from 0
 * @returns full batches; the remaining images are left out of this epoch
 */
export function planEpoch(
  images: readonly PlannedImage[],
  epoch: number,
  { seed, balance, variedShare, hiddenShare, batchSize }: FineTuningRecipe,
): PlannedInput[][] {
  const random = seededRandom(seed * 100_003 + epoch)
  const copies = balance === 'oversample' ? normalCopies(images, random) : []
  const all = [...images.map((image) => ({ image, varied: random() < variedShare })), ...copies]
  const order = Uint32Array.from(all, (_, index) => index)
  shuffle(order, random)
  const inputs = Array.from(order, (index): PlannedInput => {
    const { image, varied } = all[index]!
    const version = image.files[Math.floor(random() * image.files.length)]!
    const variation = Math.floor(random() * 2 ** 31)
    const hidden = random() < hiddenShare ? drawHidden(image, random) : undefined
    const job = { ...version, ...(varied && { variation }), ...(hidden && { hidden }) }
    return { label: image.label, job }
  })
  return Array.from({ length: Math.floor(inputs.length / batchSize) }, (_, batch) =>
    inputs.slice(batch * batchSize, (batch + 1) * batchSize),
  )
}

/** Mostly hides the drawn lungs, because these masks leave most of the image visible. Half of the fills are black. */
function drawHidden({ maskFile }: PlannedImage, random: Random): HiddenLungs {
  const gray = random() < 0.5 ? 0 : Math.floor(256 * random())
  const choice = random()
  if (maskFile !== undefined && choice < 0.6) return { what: 'lungs', maskFile, gray }
  return { what: choice < 0.8 ? 'hull' : 'box', gray }
}

function normalCopies(images: readonly PlannedImage[], random: Random): { image: PlannedImage; varied: boolean }[] {
  const normals = images.filter(({ label }) => label === 'normal')
  const missing = normals.length === 0 ? 0 : Math.max(0, images.length - 2 * normals.length)
  return Array.from({ length: missing }, () => ({
    image: normals[Math.floor(random() * normals.length)]!,
    varied: true,
  }))
}
