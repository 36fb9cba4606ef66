import type { Servers } from '../../clients/servers.ts'
import { countPastStudies, describePastStudies } from '../../intake/past-studies.ts'
import { StudySearch } from '../../intake/study-search.ts'
import { feedNames } from '../feeds/running-feed.ts'
import type { Store } from '../store/store.ts'

/** If the state folder is new: describes the studies that are already in the archive. */
export function pastStudiesAtFirstStart(
  { feeds, studies }: Store,
  { dicomWeb }: Servers,
): (() => Promise<string | undefined>) | undefined {
  const isKnown = feedNames.some((name) => feeds.position(name) !== undefined)
  if (isKnown || Object.values(studies.countByState()).some((count) => count > 0)) return undefined
  return async () => describePastStudies(await countPastStudies(new StudySearch(dicomWeb)))
}
