import type { CodedConcept, ImageHeader } from './image-header.ts'
import { type Rule, type Verdict, passes, refuses } from './rule.ts'

/** Matches whole words in any script. Digits and underscores also separate words (`XR_CHEST_2V`). */
function words(...alternatives: readonly string[]): RegExp {
  return new RegExp(`(?<!\\p{L})(?:${alternatives.join('|')})(?!\\p{L})`, 'iu')
}

/** "Chest" or "lung" in the languages of the major vendors' menus. */
const chestWords = words(
  'chest|cxr|thorax|lungs?',
  't[oó]rax|torace|pecho|pulm(?:ones|[oõ]es|oni|ão)|poumons?',
  'brust|brustkorb|lungen?|lunge|borst|longen',
  'klatka|płuca|hrudn[ií]k|plíce|akci[gğ]er|g[oö][gğ][uü]s',
  'грудн\\p{L}*|л[её]гк\\p{L}*|огк',
)
/** The same in scripts that are written without spaces. */
const chestCharacters = /胸|肺|흉부|폐/u
/** A thoracic spine radiograph is not one of the lungs; ribs, sternum and clavicles are exposed for bone. */
const otherWords = words(
  'spine|spinal|rachis|columna|coluna|colonna|wirbels(?:ä|ae)ule|bws|vertebra\\p{L}*',
  'ribs?|rippen|c[oô]tes|costillas|sternum|clavic\\p{L}*|abdomen|pelvis|neck|skull|sch(?:ä|ae)del|teeth|dental',
  'shoulder|schulter|elbow|ellenbogen|wrist|hands?|fingers?|hips?|h(?:ü|ue)fte|knees?|knie|ankle|foot|feet|fuss|femur|tibia',
)

/** Chest, thorax, thoracic cavity, lung, chest and abdomen: SNOMED CT and the older SNOMED RT. */
const chestRegionCodes = new Set(['816094009', '51185008', '43799004', '39607008', '416550000', 'T-D3000', 'T-28000'])
/** Values of Body Part Examined (PS3.16 Annex L) that the word match misses or rejects. */
const chestBodyParts = new Set(['CHESTABDOMEN', 'CHEST ABDOMEN', 'CHESTABDPELVIS'])
/** Values of Body Part Examined that mean "not specified". */
const noBodyPart = new Set(['UNKNOWN', 'OTHER', 'NONE', 'NA', 'N/A', 'ANY', 'UNDEFINED', 'UNSPECIFIED'])

/** Reads the descriptions from the most to the least specific: a study's description covers several images. */
function firstSaid(
  { seriesDescription, protocolName, studyDescription }: Descriptions,
  saidBy: (text: string) => Verdict | undefined,
): Verdict | undefined {
  return [seriesDescription, protocolName, studyDescription]
    .map((text) => text && saidBy(text))
    .find((verdict): verdict is Verdict => typeof verdict === 'object')
}

type Descriptions = Pick<ImageHeader, 'seriesDescription' | 'protocolName' | 'studyDescription'>

function saysChest(text: string): boolean {
  return (chestWords.test(text) || chestCharacters.test(text)) && !otherWords.test(text)
}

/** Undefined if a text names no body part, or both the chest and another one. */
function bodyPartSaidBy(text: string): Verdict | undefined {
  if (saysChest(text)) return passes
  const chest = chestWords.test(text) || chestCharacters.test(text)
  return otherWords.test(text) && !chest ? refuses('NOT_CHEST', 'The description names another body part.') : undefined
}

/** Decides by Anatomic Region Sequence, Body Part Examined, or else a description. */
export const bodyPartRule: Rule = ({ anatomicRegion, bodyPartExamined, ...header }) => {
  const bodyPart = bodyPartExamined?.toUpperCase() ?? 'NONE'
  if (isChestRegion(anatomicRegion) || chestBodyParts.has(bodyPart) || saysChest(bodyPart)) return passes
  if (!noBodyPart.has(bodyPart)) return refuses('NOT_CHEST', `Body Part Examined is ${bodyPart}.`)
  if (anatomicRegion !== undefined) {
    return refuses('NOT_CHEST', `The anatomic region is ${anatomicRegion.meaning || anatomicRegion.value}.`)
  }
  return firstSaid(header, bodyPartSaidBy) ?? bodyPartUnknown
}

function isChestRegion(region: CodedConcept | undefined): boolean {
  return region !== undefined && (chestRegionCodes.has(region.value) || saysChest(region.meaning))
}

const bodyPartUnknown: Verdict = {
  kind: 'open',
  candidate: false,
  flag: { code: 'BODY_PART_UNKNOWN', message: 'The DICOM header does not identify this as a chest radiograph.' },
}

const frontalWords = words(
  'a\\.?p\\.?|p\\.?a\\.?|frontal(?:e|is)?|front|face',
  'antero[- ]?posterior(?:e|is)?|postero[- ]?anterior(?:e|is)?',
)
/** Includes the defined terms LL, RL, RLD, LLD, RLO and LLO of View Position (PS3.3 C.8.11.5). */
const notFrontalWords = words(
  'lat\\.?|lateral(?:e|is)?|lat[eé]ral|seitlich|seitl\\.?|profil[eo]?|perfil|bok|боков\\p{L}*',
  'obl\\.?|obliqu[ea]|oblik|schr(?:ä|ae)g|decub(?:itus)?',
  'll|rl|rld|lld|rlo|llo|lao|rao|lpo|rpo',
)

/** Undefined if a text names no view, or both a frontal and another one, as descriptions of whole examinations do. */
function viewSaidBy(text: string, reason: string): Verdict | undefined {
  const frontal = frontalWords.test(text)
  const other = notFrontalWords.test(text)
  if (frontal === other) return undefined
  return frontal ? passes : refuses('NOT_FRONTAL', reason)
}

/** Frontal, antero-posterior, postero-anterior (PS3.16 CID 4010): SNOMED CT and the older SNOMED RT. */
const frontalViewCodes = new Set(['399033003', '399348003', '272479007', 'R-10206', 'R-10214'])

/** A code names one view, so `antero-posterior oblique` is not frontal. */
function viewSaidByCode(view: CodedConcept): Verdict | undefined {
  const reason = `The view is ${view.meaning}.`
  if (frontalViewCodes.has(view.value)) return passes
  return notFrontalWords.test(view.meaning) ? refuses('NOT_FRONTAL', reason) : viewSaidBy(view.meaning, reason)
}

/** Rows towards the patient's left or right are frontal; rows towards front or back are not (PS3.3 C.7.6.1.1.1). */
function viewFromOrientation(orientation: readonly string[]): Verdict | undefined {
  const [row, column] = orientation.map((direction) => direction.toUpperCase())
  if (row === undefined || column === undefined) return undefined
  if (/^[LR]/.test(row) && /^[FH]/.test(column)) return passes
  return /^[AP]/.test(row) ? refuses('NOT_FRONTAL', 'Patient Orientation indicates a lateral view.') : undefined
}

/** Decides by the first that names a view: View Position, View Code Sequence, Patient Orientation, or a description. */
export const viewRule: Rule = (header) =>
  viewSaidBy(header.viewPosition ?? '', `View Position is ${header.viewPosition ?? ''}.`) ??
  (header.viewCode && viewSaidByCode(header.viewCode)) ??
  viewFromOrientation(header.patientOrientation) ??
  firstSaid(header, viewSaidByDescription) ??
  viewUnknown

function viewSaidByDescription(text: string): Verdict | undefined {
  return viewSaidBy(text, 'The description names a view that is not frontal.')
}

const viewUnknown: Verdict = {
  kind: 'open',
  candidate: true,
  flag: { code: 'VIEW_UNKNOWN', message: 'The DICOM header does not identify this as a frontal view.' },
}
