import { Html, html } from '../../../web/pages/html.ts'
import type { ClassMeasures } from '../../statistics/confusion-measures.ts'
import type { Evaluation } from '../evaluate.ts'
import type { EvaluatedCase } from '../../statistics/measures.ts'
import { type PublishedResult, publishedBinary, publishedThreeClass, reportByClass } from './literature.ts'
import { reportStyle } from './report-style.ts'

/**
 * Formats an evaluation as one self-contained HTML page.
 * @param figures SVG by name
 */
export function reportPage(
  evaluation: Evaluation,
  cases: readonly EvaluatedCase[],
  figures: Readonly<Record<string, string>>,
): string {
  const { model, split, n, patients, digest, lungsNotFound } = evaluation
  // The SVG is Vega's own output, and Vega escapes all text.
  const figure = (name: string) => html`<figure>${new Html(figures[name] ?? '')}</figure>`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${model} on ${split}</title>
        <style>
          ${new Html(reportStyle)}
        </style>
      </head>
      <body>
        <header>
          <h1>${model} on the ${split} images</h1>
          <p>
            <strong>Research software. Not for diagnostic use.</strong> ${n} images of ${patients} children. Lungs were
            not found on ${lungsNotFound} images, which were analysed whole. Model digest ${digest.slice(0, 12)}.
          </p>
        </header>
        ${binarySection(evaluation)}
        <div class="figures">${['roc', 'precision-recall', 'reliability'].map(figure)}</div>
        ${pointsSection(evaluation)}
        <div class="figures">
          ${evaluation.binary.points.map(({ name }) => figure(`confusion-${name.replaceAll(' ', '-')}`))}
        </div>
        ${threeClassSection(evaluation)}
        <div class="figures">${['roc-three-classes', 'confusion-three-classes'].map(figure)}</div>
        ${imagesSection(cases)}
      </body>
    </html> `.text
}

function binarySection({ binary, split }: Evaluation): Html {
  const [low, high] = binary.aucCi95
  const ours = {
    name: 'this model',
    accuracy: binary.accuracy,
    auc: binary.auc,
    sensitivity: binary.sensitivity,
  }
  return html`<section>
    <h2>Normal versus pneumonia</h2>
    <p>
      Area under the ROC curve <strong>${three(binary.auc)}</strong> (95 % confidence interval ${three(low)} to
      ${three(high)}, bootstrap over children). At the model's threshold for “present” (${three(binary.threshold)},
      chosen on the validation images): accuracy <strong>${percent(binary.accuracy)}</strong>, sensitivity
      <strong>${percent(binary.sensitivity)}</strong>, specificity <strong>${percent(binary.specificity)}</strong>.
      Brier score ${three(binary.brier)}, expected calibration error ${three(binary.ece)}, calibration slope
      ${binary.calibrationSlope.toFixed(2)}.
    </p>
    ${publishedTable(ours, publishedBinary, split)}
  </section>`
}

function threeClassSection({ threeClass, split }: Evaluation): Html {
  const ours = {
    name: 'this model',
    accuracy: threeClass.accuracy,
    auc: threeClass.meanAuc,
    sensitivity: undefined,
  }
  return html`<section>
    <h2>Normal, viral and bacterial</h2>
    <p>
      Chest radiographs cannot reliably distinguish viral from bacterial pneumonia. The product shows these
      probabilities as likelihoods only and bases no decision on them. The AUC is the mean of the three one-versus-rest
      AUCs.
    </p>
    ${publishedTable(ours, publishedThreeClass, split)} ${classTable(threeClass.byClass, reportByClass['stage two'])}
  </section>`
}

function pointsSection({ binary }: Evaluation): Html {
  return html`<section>
    <h2>Thresholds</h2>
    <table>
      <thead>
        <tr>
          <th>threshold</th>
          <th>accuracy</th>
          <th>sensitivity</th>
          <th>specificity</th>
        </tr>
      </thead>
      <tbody>
        ${binary.points.map(
          ({ name, threshold, accuracy, sensitivity, specificity }) =>
            html`<tr>
              <td>${three(threshold)} (${name})</td>
              <td>${percent(accuracy)}</td>
              <td>${percent(sensitivity)}</td>
              <td>${percent(specificity)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${binary.points
      .filter(({ name }) => name === 'one half')
      .map(({ byClass }) => classTable(byClass, reportByClass['stage one']))}
  </section>`
}

function publishedTable(ours: PublishedResult, published: readonly PublishedResult[], split: string): Html {
  const row = (result: PublishedResult) =>
    html`<tr class="${result === ours ? 'ours' : 'published'}">
      <td>${result.name}</td>
      ${[result.auc, result.accuracy, result.sensitivity].map((value) => html`<td>${value === undefined ? '–' : three(value)}</td>`)}
    </tr>`
  return html`<table>
    <thead>
      <tr>
        <th>${split === 'test' ? 'test split' : `this model: ${split} split, others: test split`}</th>
        <th>AUC</th>
        <th>accuracy</th>
        <th>sensitivity</th>
      </tr>
    </thead>
    <tbody>
      ${[ours, ...published].map(row)}
    </tbody>
  </table>`
}

/** Results by class beside those of the published report. */
function classTable(
  byClass: Readonly<Record<string, ClassMeasures>>,
  report: Readonly<Record<string, readonly [number, number, number]>>,
): Html {
  return html`<table>
    <thead>
      <tr>
        <th>class</th>
        <th>precision</th>
        <th>recall</th>
        <th>F1</th>
        <th>report: precision</th>
        <th>report: recall</th>
        <th>report: F1</th>
      </tr>
    </thead>
    <tbody>
      ${Object.entries(byClass).map(([name, { precision, recall, f1 }]) => {
        const values = [precision, recall, f1, ...(report[name] ?? [])]
        return html`<tr>
          <td>${name}</td>
          ${values.map((value) => html`<td>${three(value)}</td>`)}
        </tr>`
      })}
    </tbody>
  </table>`
}

/** Images and children by label. */
function imagesSection(cases: readonly EvaluatedCase[]): Html {
  const rows = [...Map.groupBy(cases, ({ label }) => label)].sort(([a], [b]) => a.localeCompare(b))
  return html`<section>
    <h2>Images</h2>
    <table>
      <thead>
        <tr>
          <th>label</th>
          <th>images</th>
          <th>children</th>
          <th>share</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([label, some]) =>
            html`<tr>
              <td>${label}</td>
              <td>${some.length}</td>
              <td>${new Set(some.map(({ patient }) => patient)).size}</td>
              <td>${percent(some.length / cases.length)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p>
      Kermany &amp; Goldbaum, Labeled Chest X-Ray Images, Mendeley Data, CC BY 4.0: children of one hospital, 1 to 5
      years old. Age, sex and device are not recorded, so there are no subgroup results.
    </p>
  </section>`
}

function three(value: number): string {
  return Number.isFinite(value) ? value.toFixed(3) : '–'
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
