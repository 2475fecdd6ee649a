declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** In memory. The times are how long a table takes to come and go, milliseconds. */
  export default function dynalite(options: { readonly createTableMs: number; readonly deleteTableMs: number }): Server
}
