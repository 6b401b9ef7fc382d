import { defineAction } from '../action.ts'
import { action as javascript } from './javascript.ts'

export const action = defineAction({ ...javascript, name: 'std.js' })
