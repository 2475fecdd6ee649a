import { learnSchema } from '../shred/learn.ts'
import type { Profile } from '../shred/profile.ts'
import type { ShredRules } from '../shred/rules.ts'
import { learntToJson, schemaFromJson } from '../shred/schema-json.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { readBaseSchema, writeBaseSchema } from './base-schema.ts'

/** Joins what a day showed into `schema.json`. When others keep writing it, the next seal learns instead. */
export async function learnDay(out: ObjectStore, profile: Profile, rules: ShredRules): Promise<void> {
  if (rules.declared !== undefined) return
  for (let attempt = 0; attempt < 3; attempt++) {
    const present = await readBaseSchema(out)
    const before = schemaFromJson(present.schema)
    const after = learnSchema(before, profile, rules)
    const json = learntToJson(after)
    if (JSON.stringify(json) === JSON.stringify(present.schema)) return
    if (await writeBaseSchema(out, json, present.etag)) return
  }
}
