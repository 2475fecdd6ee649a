import type { Sample } from './run-child.ts'

/** One way to make a file: of a seal or of an export. */
export interface Contender<Id extends string = ContenderId> {
  readonly id: Id
  readonly threads: number
  /** Does the work in an empty `folder` of its own, and returns where the file is. What it prepares is not measured. */
  readonly run: (folder: string) => Promise<Run>
}

export const CONTENDER_IDS = ['dayseal-first', 'dayseal-learnt', 'duckdb-written', 'duckdb-schema'] as const
export type ContenderId = (typeof CONTENDER_IDS)[number]

export interface Run {
  readonly file: string
  readonly sample: Sample
}

/** What all runs of one contender came to. */
export interface Measured<Id extends string = ContenderId> {
  readonly id: Id
  readonly threads: number
  /** One per round, in order. */
  readonly samples: readonly Sample[]
  /** The last round's file. */
  readonly file: string
}

export interface InTurnOptions<Id extends string> {
  readonly rounds: number
  /** An empty folder for a run; what the contender's earlier rounds left is removed. */
  readonly emptyFolder: (contender: Contender<Id>) => Promise<string>
  readonly onRun: (contender: Contender<Id>, round: number, sample: Sample) => void
}

/** A B C D A B C D …, so that whatever else the machine does meets all of them alike. */
export async function inTurn<Id extends string>(
  contenders: readonly Contender<Id>[],
  { rounds, emptyFolder, onRun }: InTurnOptions<Id>,
): Promise<Measured<Id>[]> {
  const runs = contenders.map((): Run[] => [])
  for (let round = 1; round <= rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const run = await contender.run(await emptyFolder(contender))
      onRun(contender, round, run.sample)
      runs[i]!.push(run)
    }
  }
  return contenders.map(({ id, threads }, i) => {
    return { id, threads, samples: runs[i]!.map(({ sample }) => sample), file: runs[i]!.at(-1)!.file }
  })
}
