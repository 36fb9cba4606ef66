import type { AddCommand } from './command-line.ts'
import { addAnalyze } from './analyze.ts'
import { addBenchmark } from './benchmark.ts'
import { addCheckConfig } from './check-config.ts'
import { addDemo } from './demo.ts'
import { addBackfill } from './service/backfill.ts'
import { addCancel } from './service/cancel.ts'
import { addDatabase } from './service/database.ts'
import { addReplay } from './service/replay.ts'
import { addRetract } from './service/retract.ts'
import { addServe } from './service/serve.ts'
import { addWork } from './service/work.ts'
import { addEvaluate } from './training/evaluate.ts'
import { addTrain } from './training/train.ts'

/** All commands, in the order of the help text. */
export const allCommands: readonly AddCommand[] = [
  addDemo,
  addServe,
  addRetract,
  addBackfill,
  addReplay,
  addCancel,
  addDatabase,
  addWork,
  addAnalyze,
  addCheckConfig,
  addBenchmark,
  addTrain,
  addEvaluate,
]
