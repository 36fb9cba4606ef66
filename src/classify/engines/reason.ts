/** Longest reason that a log entry and the foot of a page hold. */
const longest = 200

/** What an engine says of its failure, in one line and without the place in its source that ONNX Runtime puts before it. */
export function inOneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const said = message.replace(/\s+/g, ' ').trim().split(' was false. ').at(-1)!
  return said.length <= longest ? said : `${said.slice(0, longest - 1)}…`
}
