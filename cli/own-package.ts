import { registerHooks } from 'node:module'

/**
 * Lets a configuration say `import { defineConfig } from 'dayseal'` wherever it lies: the name means the package that is
 * running, which `npx` keeps out of reach of the configuration's folder.
 */
export function resolveOwnPackage(): void {
  const index = import.meta.url.endsWith('.ts') ? '../lib/index.ts' : './index.js'
  const { href } = new URL(index, import.meta.url)
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'dayseal' ? { url: href, shortCircuit: true } : next(specifier, context),
  })
}
