import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { DemoStudy } from '../demo/sources.ts'
import { exchangeJson } from '../clients/http/exchange.ts'
import type { HttpService } from '../clients/http/http-service.ts'
import { OrthancClient } from '../clients/orthanc-client.ts'

/** When Orthanc reported a study as stable and as having a report, by this process's clock. */
export interface Report {
  readonly stableMs: number
  readonly reportedMs: number
}

const pollEveryMs = 15
const seriesAnswer = z.object({ ParentStudy: z.string(), MainDicomTags: z.object({ Modality: z.string() }) })

/** Polls Orthanc's changes frequently, because their own times are in whole seconds. */
export class ChangeWatch {
  readonly #orthanc: HttpService
  readonly #client: OrthancClient
  readonly #stableMs = new Map<string, number>()
  readonly #reportedMs = new Map<string, number>()
  #position = 0

  constructor(orthanc: HttpService) {
    this.#orthanc = orthanc
    this.#client = new OrthancClient(orthanc)
  }

  /** Waits until every study has become stable and has its report. */
  async untilReported(studies: readonly DemoStudy[]): Promise<Report[]> {
    const ids = await Promise.all(studies.map((study) => this.#client.lookup('Study', study.studyInstanceUid)))
    const waiting = new Set(ids.flat())
    for (;;) {
      await this.#readChanges()
      if ([...waiting].every((id) => this.#stableMs.has(id) && this.#reportedMs.has(id))) break
      await pause(pollEveryMs)
    }
    return [...waiting].map((id) => ({ stableMs: this.#stableMs.get(id)!, reportedMs: this.#reportedMs.get(id)! }))
  }

  async #readChanges(): Promise<void> {
    const page = await this.#client.changes(this.#position, 1000)
    const nowMs = performance.now()
    this.#position = page.Last
    for (const { ChangeType, ID } of page.Changes) {
      if (ChangeType === 'StableStudy' && !this.#stableMs.has(ID)) this.#stableMs.set(ID, nowMs)
      if (ChangeType === 'NewSeries') await this.#noteReport(ID, nowMs)
    }
  }

  async #noteReport(seriesId: string, nowMs: number): Promise<void> {
    const request = { method: 'GET', path: `/series/${seriesId}`, effect: 'read', maxBytes: 2 ** 20 } as const
    const { ParentStudy, MainDicomTags } = await exchangeJson(this.#orthanc, request, seriesAnswer)
    if (MainDicomTags.Modality === 'SR') this.#reportedMs.set(ParentStudy, nowMs)
  }
}
