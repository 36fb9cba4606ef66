import { allCommands } from './commands/all-commands.ts'
import { runCommandLine } from './commands/command-line.ts'

process.exitCode = await runCommandLine(allCommands, process.argv)
