import type { ImageArchive } from '../../intake/archive.ts'
import type { StudyRef } from '../../intake/study.ts'
import { imageRefOf } from '../../intake/asked-image.ts'
import type { KeptResults } from '../../pipeline.ts'
import { identityChange } from '../../report/identity/identity-change.ts'
import { identityOf } from '../../report/identity/study-identity.ts'

/** What the archive says of the image from which a result has its patient. */
export type SourceLook = 'unchanged' | 'changed' | 'gone'

/**
 * Compares whose an image is now with whose it was when its result was built. Only the archive knows of a correction,
 * so nothing is sent without this look.
 * @throws HTTP_* if the archive cannot be asked
 */
export async function lookAtSource(
  study: StudyRef,
  { prediction }: Pick<KeptResults, 'prediction'>,
  archive: ImageArchive,
): Promise<SourceLook> {
  const header = await archive.readHeader(study, imageRefOf(prediction.source))
  if (header === undefined) return 'gone'
  return identityChange(identityOf(prediction.source), identityOf(header)) === 'none' ? 'unchanged' : 'changed'
}
