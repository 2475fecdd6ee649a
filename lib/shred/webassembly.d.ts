/** What @types/node lacks of the JavaScript interface of WebAssembly, as far as scanner.ts needs it. */
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  interface Instance {
    readonly exports: unknown
  }
  const Module: new (bytes: Uint8Array) => Module
  const Instance: new (module: Module, imports?: { readonly env?: { readonly abort: () => never } }) => Instance
}
