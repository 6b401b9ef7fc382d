/**
 * @module
 * Graphs as Mermaid and as Graphviz text.
 */
import { captionOf, edgeCaption, type Graph, type GraphNode } from './graph.ts'

/** Fill colours by state; a node that has not run is white. */
const COLOURS: { readonly [state: string]: string } = {
  IDLE: '#eceff1',
  WAITING: '#fff8e1',
  RUNNING: '#bbdefb',
  DELAYED: '#d1c4e9',
  PAUSED: '#ffe0b2',
  SUCCESS: '#c8e6c9',
  ERROR: '#ffcdd2',
  CANCELLED: '#cfd8dc',
  SKIPPED: '#f5f5f5',
}

/** Nodes get plain ids: names may hold anything. */
function idsOf({ nodes }: Graph): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }, index) => [id, `n${index}`]))
}

export function toMermaid(graph: Graph): string {
  const ids = idsOf(graph)
  const used = [...new Set(graph.nodes.flatMap(({ state }) => state ?? []))]
  return [
    'flowchart TD',
    ...graph.nodes.map((node) => `  ${ids.get(node.id)}${mermaidShape(node)}${styleOf(node)}`),
    ...graph.edges.map((edge) => {
      const arrow = edge.taken > 0 ? '==>' : '-->'
      return `  ${ids.get(edge.from)} ${arrow}|"${mermaidText(edgeCaption(edge))}"| ${
        ids.get(edge.to)
      }`
    }),
    ...used.map((state) => `  classDef ${state} fill:${COLOURS[state]},stroke:#455a64`),
    '',
  ].join('\n')
}

function mermaidShape(node: GraphNode): string {
  const text = `"${captionOf(node).map(mermaidText).join('<br/>')}"`
  if (node.kind === 'command') return `([${text}])`
  return node.join ? `{{${text}}}` : `[${text}]`
}

function styleOf({ state }: GraphNode): string {
  return state === null ? '' : `:::${state}`
}

/** Mermaid reads entities with a hash; everything that might mean something to it becomes one. */
function mermaidText(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,_×/:-]/gu, (character) => `#${character.codePointAt(0)};`)
}

export function toDot(graph: Graph): string {
  const ids = idsOf(graph)
  return [
    `digraph ${dotText(graph.workflow)} {`,
    '  node [shape=box, style="rounded,filled", fillcolor="white"]',
    ...graph.nodes.map((node) => {
      const shape = node.kind === 'command' ? ', shape=ellipse' : node.join ? ', shape=hexagon' : ''
      const colour = node.state === null ? '' : `, fillcolor="${COLOURS[node.state]}"`
      return `  ${ids.get(node.id)} [label=${dotText(captionOf(node).join('\n'))}${shape}${colour}]`
    }),
    ...graph.edges.map((edge) => {
      const style = edge.taken > 0 ? ', style=bold' : ''
      return `  ${ids.get(edge.from)} -> ${ids.get(edge.to)} [label=${
        dotText(edgeCaption(edge))
      }${style}]`
    }),
    '}',
    '',
  ].join('\n')
}

function dotText(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replace(/\r?\n/g, '\\n')}"`
}
