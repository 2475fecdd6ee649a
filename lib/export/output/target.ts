import { DaysealError } from '../../errors.ts'
import { type HashingSink, hashingSink } from '../../store/hashing-sink.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import type { OutputFile, Target } from '../format.ts'
import { pipeOutput, type Stage, type Transformation } from './pipe-output.ts'

/** A file that an export wrote. */
export interface WrittenFile {
  readonly key: string
  readonly bytes: number
  readonly sha256: string
}

export interface TargetOptions {
  readonly store: ObjectStore
  /** The export's file; the folder of its files, when it has several. */
  readonly key: string
  /** What the bytes go through on their way: compression, then encryption. */
  readonly transformations: readonly Transformation[]
}

/** Where one format's files go. */
export interface StoredTarget extends Target {
  /** Makes the one file visible. Returns every file, in the order of their keys. */
  commit(): Promise<readonly WrittenFile[]>
  /** Removes every trace, files that are visible already included. */
  abort(reason: unknown): Promise<void>
}

/**
 * An export's one file appears with `commit`. Of several files each appears when it is closed, which formats do once they
 * have all rows: what is there without a meta file beside the folder is not an export.
 */
export function storedTarget({ store, key, transformations }: TargetOptions): StoredTarget {
  const written: WrittenFile[] = []
  let single: HashingSink | undefined
  let open: Stage | undefined
  const openAt = async (fileKey: string, onClose: (sink: HashingSink) => Promise<void>): Promise<OutputFile> => {
    if (open !== undefined) throw new DaysealError('internal', `two files of the export ${key} are open at once`)
    const sink = hashingSink(await store.write(fileKey))
    const last: Stage = { write: sink.write, close: () => onClose(sink), abort: sink.abort }
    const stage = transformations.reduceRight(pipeOutput, last)
    open = stage
    return {
      write: stage.write,
      close: async () => {
        await stage.close()
        open = undefined
      },
    }
  }
  return {
    create: () =>
      openAt(key, async (sink) => {
        single = sink
      }),
    createIn: (path) =>
      openAt(`${key}/${path}`, async (sink) => {
        const { sha256, bytes } = await sink.commit()
        written.push({ key: `${key}/${path}`, bytes, sha256 })
      }),
    async commit() {
      if (single !== undefined) {
        const { sha256, bytes } = await single.commit()
        single = undefined
        written.push({ key, bytes, sha256 })
      }
      return written
    },
    async abort(reason) {
      const removals = written.map((file) => store.delete(file.key))
      await Promise.allSettled([open?.abort(reason), single?.abort(), ...removals])
    },
  }
}
