import * as z from 'zod'

/** What the pipeline stack tells the functions. Everything else is in the bundled configuration. */
const environmentSchema = z.object({
  /** The catalog's table. */
  DAYSEAL_TABLE: z.string().min(1),
  /** The event bus that days are announced on: its name. */
  DAYSEAL_BUS: z.string().min(1),
  AWS_REGION: z.string().min(1),
})

export const environment = environmentSchema.parse(process.env)
