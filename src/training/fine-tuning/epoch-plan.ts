import type { Label } from '../data/kermany.ts'
import type { InputJob } from '../inputs/prepare-input.ts'
import type { HiddenLungs } from '../inputs/hide-lungs.ts'
import type { ImageLungs } from '../inputs/image-lungs.ts'
import { type Random, seededRandom, shuffle } from '../data/random.ts'
import type { FineTuningRecipe } from './recipe.ts'

/** A training image in every version it exists in. */
export interface PlannedImage {
  readonly label: Label
  /** The small file, and the original where there is one. */
  readonly files: readonly { readonly file: string; readonly lungs: ImageLungs }[]
  /** Lungs drawn by people, where there are some. */
  readonly maskFile?: string | undefined
}

/** One image of a batch. */
export interface PlannedInput {
  readonly job: InputJob
  readonly label: Label
}

/**
 * What an epoch shows, in order: every image once, by chance small or original, plain or varied; with oversampling varied copies of normal
 * images too, until there are as many as of pneumonia. Depends on seed and epoch alone, so that a run can go on anywhere in it.
 * @param epoch counted from 0
 * @returns batches; what does not fill a last one is left to other epochs
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

/** Mostly the drawn lungs, which leave most to be read; half of all in black. */
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
