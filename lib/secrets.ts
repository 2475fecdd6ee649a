/** `KEY:SECRET@` or `user@` between a scheme and a host. A number after a colon is a port. */
const USER =
  /(?<![a-z0-9])([a-z][a-z0-9+.-]{1,30}:\/{1,2})(?:[^\s/?#"<>@]*:(?!\d{1,5}(?:[/?#\s"]|$))[^\s"<>]*|[^\s/?#"<>@]+)@/gi

/** What signs a URL or opens a connection, by its name in a query or a connection string. */
const NAMED =
  /(?<![\w/.-])((?:x-(?:amz|goog)-(?:signature|credential|security-token)|signature|sig|token|access_token|api_?key|(?:shared)?access_?key|accountkey|client_secret|secret|password|passwd|pwd)=)[^\s&;,"'<>]+/gi

/** A property of an object as it is shown: `secretAccessKey: '…'`. */
const PROPERTY = /((?:secret|password|passwd|token|credential|api_?key|accountkey)\w*\\*["']?: ?)\\*["'][^"'\\]*/gi

/** Text without credentials and signatures: a message may be read by more people than the one who typed it. */
export function withoutSecrets(text: string): string {
  return text.replace(USER, '$1…@').replace(NAMED, '$1…').replace(PROPERTY, '$1…')
}

/** Whether a location, whatever its scheme, holds a user or a password where its host should be. */
export function hasCredentials(location: string): boolean {
  const host = /(?:^|\/)[a-z][a-z0-9+.-]+:\/{1,2}([^/?#]*)/i.exec(location)?.[1] ?? ''
  return /@|:(?!\d{0,5}$)/.test(host)
}
