/** The user's `dayseal.config.ts`, which the bundler puts in this name's place. */
declare module 'dayseal-config' {
  const config: unknown
  export default config
}
