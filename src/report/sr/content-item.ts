import type { Code } from '../codes.ts'
import { invalidContent } from '../errors.ts'

/**
 * Relationship of an item to its parent. Each builder accepts only those that we use and Comprehensive 3D SR allows for
 * its value type (PS3.3 A.35.13.3.1.2).
 */
type StatementRelationship = 'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD'
type ImageRelationship = 'CONTAINS' | 'SELECTED FROM' | 'INFERRED FROM'

/** A content item in dcmjs's form, keyed by DICOM keyword. Only the functions here create it, so it is always valid. */
export type ContentItem = Readonly<Record<string, unknown>> & { readonly ValueType: string }

/** A point in source pixels: column from the image's left edge, row from its top (PS3.3 C.18.6.1.1). */
export type Point = readonly [column: number, row: number]

/** Components without leading zeros (PS3.5 9.1). */
const uidForm = /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/

export interface ImageReference {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
}

/** A code sequence item. Throws on a value that does not fit its VR. */
export function codeSequence(code: Code): Readonly<Record<string, string>>[] {
  if (code.value.length === 0 || code.value.length > 16) throw invalidContent(`code value "${code.value}"`)
  if (code.meaning.length === 0 || code.meaning.length > 64) throw invalidContent(`code meaning "${code.meaning}"`)
  return [{ CodeValue: code.value, CodingSchemeDesignator: code.scheme, CodeMeaning: code.meaning }]
}

export function container(
  relationship: 'CONTAINS',
  name: Code,
  content: readonly ContentItem[],
  templateId?: string,
): ContentItem {
  return {
    ...item(relationship, 'CONTAINER', name),
    ContinuityOfContent: 'SEPARATE',
    ...(templateId !== undefined && { ContentTemplateSequence: template(templateId) }),
    ...(content.length > 0 && { ContentSequence: content }),
  }
}

/** The document's root has no relationship. */
export function rootContainer(
  name: Code,
  templateId: string,
  content: readonly [ContentItem, ...ContentItem[]],
): ContentItem {
  return {
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: codeSequence(name),
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: template(templateId),
    ContentSequence: content,
  }
}

export function codeItem(relationship: StatementRelationship, name: Code, value: Code): ContentItem {
  return { ...item(relationship, 'CODE', name), ConceptCodeSequence: codeSequence(value) }
}

/** @param evidence images that the statement is about */
export function textItem(
  relationship: StatementRelationship,
  name: Code,
  text: string,
  evidence: readonly ImageReference[] = [],
): ContentItem {
  if (text.trim() === '') throw invalidContent(`empty text for ${name.meaning}`)
  return {
    ...item(relationship, 'TEXT', name),
    TextValue: text,
    ...(evidence.length > 0 && { ContentSequence: evidence.map((image) => imageItem('INFERRED FROM', image)) }),
  }
}

export function uidItem(relationship: 'CONTAINS' | 'HAS OBS CONTEXT', name: Code, uid: string): ContentItem {
  if (uid.length > 64 || !uidForm.test(uid)) throw invalidContent(`UID "${uid}"`)
  return { ...item(relationship, 'UIDREF', name), UID: uid }
}

/**
 * A number with its unit. DS holds at most 16 characters.
 * @param modifiers narrow the meaning of the number
 */
export function numItem(
  relationship: 'CONTAINS',
  name: Code,
  value: number,
  unit: Code,
  modifiers: readonly ContentItem[] = [],
): ContentItem {
  const text = String(value)
  if (!Number.isFinite(value) || text.length > 16) throw invalidContent(`number ${text} for ${name.meaning}`)
  return {
    ...item(relationship, 'NUM', name),
    MeasuredValueSequence: [{ NumericValue: text, MeasurementUnitsCodeSequence: codeSequence(unit) }],
    ...(modifiers.length > 0 && { ContentSequence: modifiers }),
  }
}

/** An image of the library or of a region. Its relationship is enough, so it needs no name. */
export function imageItem(relationship: ImageRelationship, image: ImageReference): ContentItem {
  return {
    RelationshipType: relationship,
    ValueType: 'IMAGE',
    ReferencedSOPSequence: [
      { ReferencedSOPClassUID: image.sopClassUid, ReferencedSOPInstanceUID: image.sopInstanceUid },
    ],
  }
}

/** An object other than an image, for example a report. Like an image it needs no name. */
export function compositeItem(relationship: 'CONTAINS', object: ImageReference): ContentItem {
  return { ...imageItem(relationship, object), ValueType: 'COMPOSITE' }
}

/** A closed outline on an image (SCOORD POLYLINE; the last point repeats the first, PS3.3 C.18.6.1.2). */
export function polylineItem(name: Code, outline: readonly Point[], image: ImageReference): ContentItem {
  const [first] = outline
  if (first === undefined || outline.length < 3) throw invalidContent('a region with fewer than three points')
  if (!outline.flat().every(Number.isFinite)) throw invalidContent('a region with a coordinate that is not finite')
  return {
    ...item('CONTAINS', 'SCOORD', name),
    GraphicType: 'POLYLINE',
    GraphicData: [...outline, first].flat(),
    ContentSequence: [imageItem('SELECTED FROM', image)],
  }
}

function item(relationship: StatementRelationship, valueType: string, name: Code): ContentItem {
  return {
    RelationshipType: relationship,
    ValueType: valueType,
    ConceptNameCodeSequence: codeSequence(name),
  }
}

function template(id: string): Readonly<Record<string, string>>[] {
  return [{ MappingResource: 'DCMR', TemplateIdentifier: id }]
}
