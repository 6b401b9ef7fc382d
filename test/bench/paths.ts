import { fileURLToPath } from 'node:url'

const isSource = import.meta.url.endsWith('.ts')

/** The repository: this file lies in `test/bench/`, or built in `dist/test/bench/`. */
export const ROOT = fileURLToPath(new URL(isSource ? '../../' : '../../../', import.meta.url))

/** Plain JavaScript, which no build copies. */
export const ACTIONS_DIR = `${ROOT}test/bench/actions`
