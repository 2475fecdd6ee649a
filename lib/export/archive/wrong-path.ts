/** What is wrong with an entry's name as the path of a file: only names with `/` between them lead nowhere else. */
export function wrongPath(path: string): string | undefined {
  if (path.includes('\\')) return 'with a backslash in its name'
  if (/^(?:\/|[a-zA-Z]:)/.test(path)) return 'an absolute path'
  const names = (path.endsWith('/') ? path.slice(0, -1) : path).split('/')
  if (names.includes('..')) return 'whose path leads out'
  if (names.some((name) => name === '' || name === '.')) return 'whose path is none'
  return /\p{Cc}/u.test(path) ? 'with a control character in its name' : undefined
}
