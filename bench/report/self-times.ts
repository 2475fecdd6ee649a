import * as z from 'zod'

/** What is used of a profile as V8 writes it (Chrome DevTools Protocol, `Profiler.Profile`); times in microseconds. */
export const cpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.int() }),
    }),
  ),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
})
export type CpuProfile = z.infer<typeof cpuProfile>

export interface FunctionTime {
  readonly name: string
  /** URL and line. */
  readonly place: string
  /** Of its own, without what it calls. */
  readonly ms: number
}

/** Functions by the time of their own over all threads, most first; idle threads are left out. */
export function selfTimes(profiles: readonly CpuProfile[]): FunctionTime[] {
  const found = new Map<string, { name: string; place: string; ms: number }>()
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
    samples.forEach((id, i) => {
      const { functionName, url, lineNumber } = frames.get(id)!
      if (functionName === '(idle)') return
      const place = url === '' ? '' : `${url}:${lineNumber + 1}`
      const key = `${functionName} ${place}`
      const known = found.get(key) ?? { name: functionName || '(anonymous)', place, ms: 0 }
      known.ms += timeDeltas[i]! / 1_000
      found.set(key, known)
    })
  }
  return [...found.values()].sort((a, b) => b.ms - a.ms)
}
