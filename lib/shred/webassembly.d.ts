/** What @types/node lacks of the JavaScript interface of WebAssembly, as far as it is used here. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  interface Instance {
    readonly exports: unknown
  }
  const Module: new (bytes: Uint8Array) => Module
  type Imports = Readonly<Record<string, Readonly<Record<string, (...numbers: number[]) => number | undefined>>>>
  const Instance: new (module: Module, imports?: Imports) => Instance
}
