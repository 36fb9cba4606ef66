import { OrthancPriority } from '../orthanc-priority.ts'
import { type PriorityMark, priorityOf } from '../priority.ts'
import type { DeliveryTarget, OpenTarget } from '../target.ts'

/** `Results.Priority`: marks studies in Orthanc that should be read first. */
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
     * Takes the study's mark back where this result raised it and no valid one does. One that comes meanwhile is seen by the second
     * look: it was kept before it raised the mark.
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
