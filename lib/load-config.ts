import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Dataset, parseConfig, parseDeployment, sharedOutputs, unusable } from './config.ts'
import type { Deployment } from './deployment.ts'
import { DaysealError, messageOf, nameOf, stackOf } from './errors.ts'
import { untilLoaded } from './foreign-code.ts'
import { parseJson } from './parse-json.ts'
import { resolveLocation } from './store/location.ts'
import { storageFault } from './store/storage-fault.ts'

const MODULES = ['.ts', '.mts', '.js', '.mjs']

/** Looked for in this order where no file is named. */
const CONFIG_FILES = [...MODULES, '.json'].map((ending) => `dayseal.config${ending}`)

/** The name of the configuration that is in a folder, if there is one. */
export function findConfig(folder: string): string | undefined {
  return CONFIG_FILES.find((name) => existsSync(join(folder, name)))
}

/**
 * Loads a configuration: a module's default export (`.ts`, `.mts`, `.js`, `.mjs`) or a `.json` file. `file` is seen from
 * `cwd`; the locations in it are seen from the folder that it is in. A module is run once per process. Throws `usage`,
 * naming the file, for whatever is wrong with it.
 */
export async function loadConfig(file: string, cwd: string): Promise<ReadonlyMap<string, Dataset>> {
  const path = resolve(cwd, file)
  const parsed = await readConfig(path, parseConfig)
  const datasets = [...parsed].map(([name, dataset]) => [name, inFolder(dataset, dirname(path))] as const)
  const problems = [...sharedOutputs(new Map(datasets)), ...(await problemsIn(new Map(datasets)))]
  if (problems.length > 0) throw unusable(path, problems)
  return new Map(datasets)
}

/** Loaded where there is something to check. */
async function problemsIn(datasets: ReadonlyMap<string, Dataset>): Promise<readonly string[]> {
  const hasExpressions = ({ exports, uploads }: Dataset) =>
    uploads !== undefined || exports.some(({ schedule }) => schedule !== undefined)
  if (![...datasets.values()].some(hasExpressions)) return []
  return (await import('./config-expressions.ts')).expressionProblems(datasets)
}

/** What a configuration says of its deployment, with the defaults of what it does not say. Throws as `loadConfig` does. */
export async function loadDeployment(file: string, cwd: string): Promise<Deployment> {
  return readConfig(resolve(cwd, file), parseDeployment)
}

/** Code of the configuration runs while it is parsed as well: getters, proxies. */
async function readConfig<T>(path: string, parse: (value: unknown, from: string) => T): Promise<T> {
  const text = await readText(path)
  if (extname(path) === '.json') return parse(configIn(path, text), path)
  try {
    return await untilLoaded(async () => parse((await importDefault(path)).value, path))
  } catch (error) {
    throw error instanceof DaysealError ? error : unloadable(path, error)
  }
}

function inFolder(dataset: Dataset, folder: string): Dataset {
  const location = resolveLocation(dataset.archive.location, folder)
  const exports = dataset.exports.map((one) =>
    one.to === undefined ? one : { ...one, to: resolveLocation(one.to, folder) },
  )
  return { ...dataset, archive: { ...dataset.archive, location }, out: resolveLocation(dataset.out, folder), exports }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const fault = storageFault(path, error)
    if (!(fault instanceof DaysealError)) throw error
    throw new DaysealError('usage', `the configuration ${path} cannot be read`, {
      seen: nameAndMessageOf(error),
      cause: error,
    })
  }
}

function configIn(path: string, text: string): unknown {
  try {
    return parseJson(text.replace(/^\ufeff/, ''))
  } catch (cause) {
    throw unloadable(path, cause)
  }
}

/** In an object: a default export may have a `then` of its own, which `await` would call. */
async function importDefault(path: string): Promise<{ readonly value: unknown }> {
  if (!MODULES.includes(extname(path))) {
    throw new DaysealError('usage', `the configuration ${path} is of no kind that can be read`, {
      seen: extname(path) || 'no ending',
      wanted: `${MODULES.join(', ')} or .json`,
    })
  }
  const module: unknown = await import(pathToFileURL(path).href)
  if (typeof module === 'object' && module !== null && 'default' in module) return { value: module.default }
  throw new DaysealError('usage', `the configuration ${path} has no default export`, {
    wanted: '`export default defineConfig({ datasets: { … } })`',
  })
}

function unloadable(path: string, cause: unknown): DaysealError {
  const line = lineOf(cause, [path, pathToFileURL(path).href])
  const place = line === undefined ? '' : ` (line ${line})`
  const isModule = extname(path) !== '.json'
  const hint =
    line === undefined && isModule && cause instanceof SyntaxError
      ? { hint: `node --check ${path} shows the line` }
      : {}
  return new DaysealError('usage', `the configuration ${path} cannot be loaded`, {
    seen: `${nameAndMessageOf(cause)}${place}`,
    cause,
    ...hint,
  })
}

function nameAndMessageOf(error: unknown): string {
  return error instanceof Error ? `${nameOf(error)}: ${messageOf(error)}` : messageOf(error)
}

/** The first line of the file that the error's stack names: as a path or as a URL. */
function lineOf(error: unknown, names: readonly string[]): string | undefined {
  const stack = stackOf(error)
  return names.map((name) => /^\d+/.exec(stack.split(`${name}:`)[1] ?? '')?.[0]).find((line) => line !== undefined)
}
