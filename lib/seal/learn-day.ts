import { DaysealError } from '../errors.ts'
import { SCHEMA_KEY } from '../keys.ts'
import { learnSchema } from '../shred/learn.ts'
import type { Profile } from '../shred/profile.ts'
import type { ShredRules } from '../shred/rules.ts'
import { learntToJson, schemaFromJson } from '../shred/schema-json.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { readBaseSchema, writeBaseSchema } from './base-schema.ts'

/** Each lost round means that somebody else's write went through, so as many writers at once are served. */
const ROUNDS = 40

/** Joins what a day showed into `schema.json`. Throws `conflict` when others were faster every time. */
export async function learnDay(out: ObjectStore, profile: Profile, rules: ShredRules): Promise<void> {
  if (rules.declared !== undefined) return
  for (let round = 0; round < ROUNDS; round++) {
    const present = await readBaseSchema(out)
    const before = schemaFromJson(present.schema)
    const after = learnSchema(before, profile, rules)
    const json = learntToJson(after)
    if (JSON.stringify(json) === JSON.stringify(present.schema)) return
    if (await writeBaseSchema(out, json, present.etag)) return
  }
  throw new DaysealError('conflict', `${SCHEMA_KEY} in ${out.location} could not be written`, {
    seen: `other seals were faster ${ROUNDS} times`,
    hint: 'run again when they are done: what is sealed stays sealed',
  })
}
