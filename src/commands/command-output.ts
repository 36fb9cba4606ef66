import { type TriageError, unexpected } from '../errors/triage-error.ts'

/** A command's output. With `--json`, stdout holds only JSON, one object a line. */
export interface CommandOutput {
  readonly format: 'json' | 'text'
  /** One result: the object with `--json`, otherwise the human-readable sentence. */
  readonly result: (json: Readonly<Record<string, unknown>>, text: string) => void
  /** Human-readable progress, on stderr. */
  readonly progress: (text: string) => void
  readonly failure: (error: TriageError) => void
}

export function commandOutput(format: 'json' | 'text'): CommandOutput {
  return {
    format,
    result: (json, text) => {
      process.stdout.write(`${format === 'json' ? JSON.stringify(json) : text}\n`)
    },
    progress: (text) => {
      process.stderr.write(`${text}\n`)
    },
    failure: (error) => {
      process.stderr.write(`lung-triage: ${messageOf(error)} [${error.code}]\n`)
    },
  }
}

/** An unexpected error is shown with its own text to whoever runs the command, because there is no log. */
function messageOf(error: TriageError): string {
  const { cause, message } = error
  return unexpected.matches(error) && cause instanceof Error ? cause.message : message
}
