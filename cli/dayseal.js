#!/usr/bin/env node
/*
 * The `dayseal` bin. It must parse on any Node with ES modules, so that an old one gets a message and not a syntax
 * error. Dayseal itself needs native zstd (node:zlib since 22.15), and a checkout needs a Node that runs TypeScript
 * (22.18). In a checkout such a Node is a devDependency, and this file starts itself again there.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import module from 'node:module'
import { constants, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'

const sourceMain = new URL('main.ts', import.meta.url)
const isCheckout = existsSync(sourceMain)
const bundledNode = fileURLToPath(
  new URL(`../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url),
)

if (isGoodEnough()) {
  // Compiled code is kept between runs, in a place of the user's own: starting takes less than half the time. Threads find
  // it by the environment.
  const cache =
    process.env.NODE_COMPILE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dayseal')
  if (isThere(cache)) {
    process.env.NODE_COMPILE_CACHE = cache
    module.enableCompileCache?.(cache)
  }
  const { main } = await import(isCheckout ? sourceMain.href : new URL('../dist/cli.js', import.meta.url).href)
  await main()
} else if (existsSync(bundledNode) && realpathSync(bundledNode) !== realpathSync(process.execPath)) {
  runAgain()
} else {
  const wanted = isCheckout ? '22.18 or newer (it runs TypeScript and has zstd)' : '22.15 or newer (it has native zstd)'
  const remedy = isCheckout
    ? 'run `npm ci` in the checkout: it brings Node 24 along'
    : 'install a newer Node, or run `npx -p node@24 -p dayseal dayseal …`'
  process.stderr.write(`dayseal: this Node is too old; seen: ${process.version}; wanted: ${wanted}; ${remedy}\n`)
  process.exitCode = 2
}

function isGoodEnough() {
  const hasZstd = typeof zlib.createZstdCompress === 'function'
  return hasZstd && (!isCheckout || Boolean(process.features.typescript))
}

// Folder by folder: where none can be made (/proc, some mounts), Node's own way to make the cache's never returns.
function isThere(folder) {
  if (existsSync(folder)) return true
  if (!isThere(dirname(folder))) return false
  try {
    mkdirSync(folder)
  } catch {
    // Another process may have made it meanwhile.
  }
  return existsSync(folder)
}

function runAgain() {
  const child = spawn(bundledNode, process.argv.slice(1), { stdio: 'inherit' })
  // From a terminal the child gets Ctrl-C as well; the command takes two signals in quick succession for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`dayseal: cannot start ${bundledNode}: ${error.message}\n`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
  })
}
