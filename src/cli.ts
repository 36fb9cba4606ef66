import { addAnalyze } from './commands/analyze.ts'
import { addBenchmark } from './commands/benchmark.ts'
import { addCheckConfig } from './commands/check-config.ts'
import { runCommandLine } from './commands/command-line.ts'
import { addDemo } from './commands/demo.ts'
import { addBackfill } from './commands/service/backfill.ts'
import { addCancel } from './commands/service/cancel.ts'
import { addDatabase } from './commands/service/database.ts'
import { addReplay } from './commands/service/replay.ts'
import { addRetract } from './commands/service/retract.ts'
import { addServe } from './commands/service/serve.ts'
import { addWork } from './commands/service/work.ts'
import { addEvaluate } from './commands/training/evaluate.ts'
import { addTrain } from './commands/training/train.ts'

/** All commands, in the order of the help text. */
const commands = [
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

process.exitCode = await runCommandLine(commands, process.argv)
