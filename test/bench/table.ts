import { spreadOf } from './statistics.ts'
import type { Row } from './workload.ts'

const HEAD = [
  'workload',
  'step',
  'unit',
  'min',
  'median',
  'max',
  'bare limit',
  'of what',
  'ratio',
  'client',
  'cpu ms/step',
]

/** How many times slower, or larger, than the bare limit; null if there is none. */
export function ratioOf({ values, limit, better }: Row): number | null {
  if (!limit) return null
  const [ours, bare] = [spreadOf(values).median, spreadOf(limit.values).median]
  return better === 'more' ? bare / ours : ours / bare
}

export function tableOf(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const lines = cells.map((row) => row.map((cell, i) => pad(cell, widths[i]!, i)).join('  '))
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '))
  return lines.map((line) => line.trimEnd()).join('\n')
}

function cellsOf(row: Row): string[] {
  const { min, median, max } = spreadOf(row.values)
  const ratio = ratioOf(row)
  return [
    row.workload,
    row.step ?? '',
    row.unit,
    figure(min),
    figure(median),
    figure(max),
    row.limit ? figure(spreadOf(row.limit.values).median) : '',
    row.limit?.what ?? '',
    ratio === null ? '' : `${ratio.toFixed(1)} x`,
    row.clientCpu === null ? '' : `${Math.round(100 * row.clientCpu)} %`,
    row.cpuMs === undefined ? '' : cpu(row.cpuMs),
  ]
}

function cpu({ server, store }: NonNullable<Row['cpuMs']>): string {
  return figure(server) + (store > 0 ? ` + ${figure(store)}` : '')
}

const TEXT_COLUMNS = [0, 1, 2, 7]

function pad(cell: string, width: number, column: number): string {
  return TEXT_COLUMNS.includes(column) ? cell.padEnd(width) : cell.padStart(width)
}

/** Three digits that count. */
function figure(value: number): string {
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en')
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3)
}
