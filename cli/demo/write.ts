import { DEMO_DATE, writeDemoDay } from './generate.ts'

/* `node cli/demo/write.ts FOLDER [ROWS]`: writes the demo's day below a folder, and prints its date. */
const [folder, rows] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: write.ts FOLDER [ROWS]')
await writeDemoDay(folder, rows === undefined ? undefined : Number(rows))
console.log(DEMO_DATE)
