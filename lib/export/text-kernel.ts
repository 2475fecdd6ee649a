import { TEXT_WASM } from './generated/text-wasm.ts'
import { doubleText } from './number-text.ts'
import { dateText } from './timestamp-text.ts'

/** What lib/export/assembly/index.ts exports. Pointers are byte offsets in `memory`. */
interface TextExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  freeMemory(): number
  renderRows(
    columns: number,
    count: number,
    first: number,
    last: number,
    ends: number,
    out: number,
    end: number,
  ): number
  renderedRows(): number
}

/** WebAssembly with a memory of its own, which only grows. */
export interface TextKernel extends TextExports {
  /** The memory as it is now: good until `reach`. */
  bytes(): Uint8Array<ArrayBuffer>
  /** Makes the memory reach to `end`. */
  reach(end: number): void
}

const WASM_PAGE = 65_536

let compiled: WebAssembly.Module | undefined

/** The inner loop of texts of rows: built from lib/export/assembly. */
export function textKernel(): TextKernel {
  compiled ??= new WebAssembly.Module(Buffer.from(TEXT_WASM, 'base64'))
  const write = (at: number, text: string) => {
    bytes.set(Buffer.from(text), at)
    return text.length
  }
  const js = {
    writeAnyDouble: (at: number, value: number) => write(at, doubleText(value)),
    writeDate: (at: number, day: number) => write(at, dateText(day)),
  }
  const exports = new WebAssembly.Instance(compiled, { js }).exports as unknown as TextExports
  let bytes = new Uint8Array(exports.memory.buffer)
  return {
    ...exports,
    bytes: () => bytes,
    reach(end) {
      const missing = end - bytes.length
      if (missing <= 0) return
      exports.memory.grow(Math.ceil(missing / WASM_PAGE))
      bytes = new Uint8Array(exports.memory.buffer)
    },
  }
}
