/** The value at a path; undefined if a section along the path is not set. */
export function valueAt(section: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (isSection(value) ? value[name] : undefined), section)
}

/** A copy with a different value at a path; unchanged if a section along the path is not set. */
export function withValueAt<Section>(section: Section, path: readonly string[], value: unknown): Section {
  const [name, ...rest] = path
  if (name === undefined || !isSection(section)) return section
  if (rest.length === 0) return { ...section, [name]: value }
  const inner = section[name]
  return isSection(inner) ? { ...section, [name]: withValueAt(inner, rest, value) } : section
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
