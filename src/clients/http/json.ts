/** The value of a JSON text, or undefined if the text is not JSON (undefined itself is not a JSON value). */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
