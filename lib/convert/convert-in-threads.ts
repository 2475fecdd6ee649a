import { availableParallelism } from 'node:os'
import { thisThread } from './convert-here.ts'
import { type Converter, converterOf, type Lanes } from './convert-hours.ts'
import { startWorkerThread, type WorkerThread } from './worker-thread.ts'

/**
 * Converts hours in worker threads, by default one per core: the caller's own thread stays free. Memory: per worker that of
 * `overlappingHours`, and about 60 MB for the thread. `startThread`: tests have others.
 */
export function convertInThreads(workers: number = availableParallelism(), startThread = startWorkerThread): Converter {
  return converterOf(otherThreads(workers, startThread))
}

/**
 * Converts hours in this thread, which is the first of the workers, and in worker threads: by default as many as there are
 * cores. A single hour or worker needs no other thread. Memory: that of `convertInThreads`, less a thread.
 */
export function convertHereAndInThreads(workers: number = availableParallelism()): Converter {
  const here = thisThread()
  const others = otherThreads(workers - 1, startWorkerThread)
  return converterOf({
    start: (hours) => [...here.start(1), ...others.start(hours - 1)],
    async close() {
      await Promise.all([here.close(), others.close()])
    },
  })
}

/** Threads stay for the next call, which replaces those that have ended. */
function otherThreads(most: number, startThread: () => WorkerThread): Lanes {
  let threads: WorkerThread[] = []
  return {
    start(hours) {
      const wanted = Math.max(0, Math.min(hours, most))
      threads = threads.filter((thread) => !thread.ended)
      while (threads.length < wanted) threads.push(startThread())
      return threads.slice(0, wanted).map(({ lane }) => lane)
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.close()))
      threads = []
    },
  }
}
