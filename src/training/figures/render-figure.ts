import { View, parse } from 'vega'
import { type TopLevelSpec, compile } from 'vega-lite'

/** A Vega-Lite specification. */
export type Figure = TopLevelSpec

/** Renders a figure as SVG, without a browser. */
export async function renderFigure(figure: Figure): Promise<string> {
  const view = new View(parse(compile(figure).spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

/** Common style: a white background, readable on any page, and the system font. */
export const figureStyle = {
  background: 'white',
  padding: 8,
  config: {
    font: 'system-ui, sans-serif',
    axis: { gridColor: '#e6e9ee', labelColor: '#44505f', titleColor: '#1c2733', titleFontWeight: 500 },
    view: { stroke: '#c7ced8' },
    title: { color: '#1c2733', fontSize: 14, anchor: 'start' },
  },
} as const
