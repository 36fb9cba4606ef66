/** Longest reason that fits a log entry and a page footer. */
const longest = 200

/** An engine's error message on one line, without the source location that ONNX Runtime prepends. */
export function inOneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const said = message.replace(/\s+/g, ' ').trim().split(' was false. ').at(-1)!
  return said.length <= longest ? said : `${said.slice(0, longest - 1)}…`
}
