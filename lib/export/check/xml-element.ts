import { corrupt } from '../../parquet/read-tree.ts'
import type { FieldJson, TypeJson } from '../../shred/schema-json.ts'
import { jsonOfText } from './cells.ts'

/** An element whose end has not come. */
export interface OpenElement {
  /** `root`: the document, `rows`: the root element; `none`: a null. */
  readonly holds: 'root' | 'rows' | 'row' | 'struct' | 'list' | 'map' | 'text' | 'none'
  readonly name: string
  readonly type: TypeJson
  /** The name of the elements inside, where it is always the same. */
  readonly inner: string
  /** By the names of columns or fields. */
  readonly fields: ReadonlyMap<string, FieldJson>
  /** Before its value in the JSON of what it is in. */
  readonly before: string
  readonly base64: boolean
  /** Of the elements inside; of a map's entries their keys. */
  readonly names: Set<string>
  entries: number
  /** Of a text itself, else the JSON of what is inside. */
  text: string
}

const NO_FIELDS: ReadonlyMap<string, FieldJson> = new Map()

export function rootElement(row: string, columns: readonly FieldJson[]): OpenElement {
  return element({ holds: 'root', inner: row, type: { struct: [...columns] } })
}

function element(own: Partial<OpenElement> & Pick<OpenElement, 'holds' | 'type'>): OpenElement {
  const none = { name: '', inner: '', fields: NO_FIELDS, before: '', base64: false, entries: 0, text: '' }
  return { ...none, names: new Set(), ...own }
}

type Attributes = ReadonlyMap<string, string>

/** The element that begins inside `parent`, or what is wrong with it. */
export function enterElement(parent: OpenElement, name: string, attributes: Attributes): OpenElement | string {
  const { type } = parent
  if (parent.holds === 'root') {
    if (name !== 'rows' || attributes.size > 0) return 'another root'
    return element({ ...parent, holds: 'rows', names: new Set() })
  }
  if (parent.holds === 'rows') {
    if (name !== parent.inner || attributes.size > 0) return 'something that is no row'
    return element({ holds: 'row', type, fields: fieldsOf(type) })
  }
  if (parent.holds === 'row' || parent.holds === 'struct') return enterField(parent, name, attributes)
  if (typeof type === 'object' && parent.holds === 'list' && 'list' in type) {
    if (name !== 'item') return 'something that is no item'
    return valueElement('item', type.list, parent.entries++ === 0 ? '' : ',', attributes, new Set(['nil', 'encoding']))
  }
  if (typeof type === 'object' && parent.holds === 'map' && 'map' in type) {
    if (name !== 'entry') return 'something that is no entry'
    const key = keyOf(attributes)
    if (key === undefined || parent.names.has(key)) return 'an entry without a key of its own'
    parent.names.add(key)
    const before = `${parent.entries++ === 0 ? '' : ','}${JSON.stringify(key)}:`
    return valueElement(key, type.map, before, attributes, new Set(['nil', 'encoding', 'key', 'keyEncoding']))
  }
  return 'an element where there is none'
}

function enterField(parent: OpenElement, name: string, attributes: Attributes): OpenElement | string {
  const field = parent.fields.get(unescapedName(name))
  if (field === undefined) return 'a column that the export does not have'
  if (parent.names.has(name)) return 'a column twice'
  parent.names.add(name)
  const before = `${parent.entries++ === 0 ? '' : ','}${JSON.stringify(field.name)}:`
  return valueElement(field.name, field.type, before, attributes, new Set(['encoding']))
}

function valueElement(
  name: string,
  type: TypeJson,
  before: string,
  attributes: Attributes,
  known: ReadonlySet<string>,
): OpenElement | string {
  for (const attribute of attributes.keys()) if (!known.has(attribute)) return `the attribute ${attribute}`
  const nil = attributes.get('nil')
  const encoding = attributes.get('encoding')
  if (nil !== undefined) {
    if (nil !== 'true' || encoding !== undefined) return 'another nil'
    return element({ holds: 'none', type, before })
  }
  if (encoding !== undefined && (encoding !== 'base64' || (type !== 'string' && type !== 'json')))
    return 'another encoding'
  const own = { name, type, before }
  if (typeof type === 'string') return element({ ...own, holds: 'text', base64: encoding !== undefined })
  if ('list' in type) return element({ ...own, holds: 'list' })
  if ('map' in type) return element({ ...own, holds: 'map' })
  return element({ ...own, holds: 'struct', fields: fieldsOf(type) })
}

function fieldsOf(type: TypeJson): ReadonlyMap<string, FieldJson> {
  if (typeof type !== 'object' || !('struct' in type)) return NO_FIELDS
  return new Map(type.struct.map((field) => [field.name, field]))
}

function keyOf(attributes: Attributes): string | undefined {
  const key = attributes.get('key')
  const encoding = attributes.get('keyEncoding')
  if (key === undefined || encoding === undefined) return key
  return encoding === 'base64' ? fromBase64(key) : undefined
}

/** The JSON text of an element that has ended, with what goes before it. */
export function textOf(element: OpenElement): string {
  const { holds, before, text } = element
  switch (holds) {
    case 'root':
    case 'rows':
      return ''
    case 'none':
      return `${before}null`
    case 'row':
    case 'struct':
    case 'map':
      return `${before}{${text}}`
    case 'list':
      return `${before}[${text}]`
    case 'text':
      return before + jsonOfText(element.base64 ? fromBase64(text) : text, element)
  }
}

function fromBase64(text: string): string {
  const bytes = Buffer.from(text, 'base64')
  try {
    if (bytes.toString('base64') === text)
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // Not UTF-8: as below.
  }
  throw corrupt('a text is no base64 of UTF-8', JSON.stringify(text.slice(0, 40)), 'base64')
}

/** ISO 9075-14's `_xHHHH_`, also with six digits; `_x_` is no character. */
function unescapedName(name: string): string {
  return name.replace(/_x([0-9A-F]{4}|[0-9A-F]{6})?_/g, (_, hex: string | undefined) =>
    hex === undefined ? '' : String.fromCodePoint(Number.parseInt(hex, 16)),
  )
}
