import * as z from 'zod'
import { addCommonFlags, collect, commonFlags } from '../flags.ts'
import type { AddCommand } from '../program.ts'

const schemaFlags = commonFlags.extend({ ddl: z.boolean().default(false), reset: z.array(z.string()).optional() })

export type SchemaFlags = z.infer<typeof schemaFlags>

export const schemaCommand: AddCommand = (program, context, onResult) => {
  addCommonFlags(program.command('schema').summary("print a sealed day's columns").description(DESCRIPTION))
    .option('--ddl', "print Athena's statement for a table of all sealed days, with this day's columns")
    .optionsGroup('What was learnt:')
    .option('--reset <PATH>', 'forget what schema.json has learnt of a path; may be repeated', collect)
    .action(async (raw: unknown) => {
      const { runSchema } = await import('../runs/schema.ts')
      onResult(await runSchema(schemaFlags.parse(raw), context))
    })
}

const DESCRIPTION = `Prints the columns of a sealed day, with their types and shares of nulls.
With --ddl it prints a CREATE TABLE statement instead; the output has to be in S3.
With --reset it prints nothing of a day, but removes a path from the schema that new hours start from:
what a sealed day holds stays as it is.`
