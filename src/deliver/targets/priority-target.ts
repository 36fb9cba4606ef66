import { OrthancPriority } from '../orthanc-priority.ts'
import { type PriorityMark, priorityOf } from '../priority.ts'
import type { DeliveryTarget, OpenTarget } from '../target.ts'

/** `Results.Priority`: marks studies in Orthanc for priority reading. */
export const openPriority: OpenTarget = ({ Results }, { orthanc }) => {
  if (orthanc === undefined || Results.Priority === false) return undefined
  const options = { label: Results.PriorityLabel, metadata: Results.PriorityMetadata }
  return priorityTarget(new OrthancPriority(orthanc, options))
}

export function priorityTarget(mark: PriorityMark): DeliveryTarget {
  return {
    sends: ['priority'],
    sendings: ({ results, priority }) => ({
      priority: priority === 'raised' ? () => raise(mark, results.studyInstanceUid) : { status: priority },
    }),
    /**
     * Removes the study's mark if this result raised it and no other valid result does. The second check catches a
     * result that arrives meanwhile: it is stored before it raises the mark.
     */
    async withdraw({ prediction, results, raisedByAnother }) {
      if (priorityOf(prediction) !== 'raised' || raisedByAnother()) return false
      await mark.takeBack(results.studyInstanceUid)
      if (raisedByAnother()) await mark.raise(results.studyInstanceUid)
      return true
    },
  }
}

async function raise(mark: PriorityMark, studyInstanceUid: string): Promise<{ readonly status: 'raised' }> {
  await mark.raise(studyInstanceUid)
  return { status: 'raised' }
}
