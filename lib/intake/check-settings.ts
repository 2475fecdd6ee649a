import type { UploadSettings } from './settings.ts'
import { OF_UPLOADS } from './upload-keys.ts'

/** Where slices lie unless the configuration says otherwise. */
export const SLICES_LAYOUT = '{yyyy}{MM}{dd}/{HH}/*.jsonl.gz'

export interface SettingsProblem {
  /** Where it is in the dataset's settings. */
  readonly path: readonly string[]
  readonly message: string
}

/** What is wrong with the settings of uploads beside an archive's layout; `layout` itself can be read. Its format and time: see `expressionProblems`. */
export function uploadProblems(uploads: UploadSettings, layout: string): readonly SettingsProblem[] {
  const { prefix } = uploads
  const problems: SettingsProblem[] = []
  if (!/\*\.(jsonl|ndjson|json)\.gz$/.test(layout) || layout.indexOf('*') !== layout.lastIndexOf('*')) {
    const message = `uploads need one * before the ending, for the names of slices: seen ${JSON.stringify(layout)}, wanted such as ${JSON.stringify(SLICES_LAYOUT)}`
    problems.push({ path: ['archive', 'layout'], message })
  }
  if (layout.startsWith(OF_UPLOADS)) {
    const message = `seen ${JSON.stringify(layout)}, wanted another folder: ${OF_UPLOADS} is for what is known of uploads`
    problems.push({ path: ['archive', 'layout'], message })
  }
  if (holdsSlices(prefix, layout)) {
    const message = `uploads and slices would lie among one another: seen ${JSON.stringify(prefix)} beside the layout ${JSON.stringify(layout)}, wanted a folder that no slice lies in`
    problems.push({ path: ['uploads', 'prefix'], message })
  }
  return problems
}

/** Whether a slice could lie below the prefix. */
function holdsSlices(prefix: string, layout: string): boolean {
  const folders = prefix.split('/').slice(0, -1)
  const templates = layout.split('/').slice(0, -1)
  return folders.length <= templates.length && folders.every((folder, index) => couldBe(templates[index]!, folder))
}

function couldBe(template: string, folder: string): boolean {
  const pattern = template
    .replace(/[.+?^$()|[\]\\]/g, '\\$&')
    .replaceAll('{yyyy}', '\\d{4}')
    .replace(/\{(MM|dd|HH)\}/g, '\\d\\d')
    .replaceAll('*', '.*')
  return new RegExp(`^${pattern}$`).test(folder)
}
