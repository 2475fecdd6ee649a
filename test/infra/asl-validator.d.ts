declare module 'asl-validator' {
  /** Whether a definition is valid Amazon States Language, and what is not. */
  export default function validate(
    definition: object,
    options?: { readonly checkPaths?: boolean; readonly checkArn?: boolean },
  ): { readonly isValid: boolean; readonly errors: readonly unknown[] }
}
