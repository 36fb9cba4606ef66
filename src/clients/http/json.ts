/** The value of a JSON text, or undefined where it is none; undefined is no JSON value, so the two are not confused. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
