/** Places the boxes and lines of the graph in layers. */
import { Graph as Layered, layout } from '@dagrejs/dagre';

import type { Edge, Graph, Node } from '../wasm/clnrm_wasm';

export interface Box {
  readonly node: Node;
  /** Its index in the model. */
  readonly index: number;
  /** Name and detail, shortened if they are long. */
  readonly text: string;
  readonly detail: string;
  /** Left upper corner. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Wire {
  readonly edge: Edge;
  /** An SVG path. */
  readonly path: string;
  /** Where its label stands. */
  readonly x: number;
  readonly y: number;
  /** How far all of it is moved. */
  readonly shiftX: number;
  readonly shiftY: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
}

const HEIGHT = 34;
const HEIGHT_WITH_DETAIL = 48;
const LONGEST = 26;
/** Width of a character of names and details, in pixels: they are set in a fixed-width face. */
const CHARACTER = 7.4;
const SMALL_CHARACTER = 6.5;
const PADDING = 14;

const short = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** Width up to which parts stand side by side. */
const ROW = 720;
const MARGIN = 16;
const GAP = 36;

/** Draws each part that hangs together by itself, and puts the parts in rows. */
export function draw(model: Graph): Drawing {
  const boxes: Box[] = [];
  const wires: Wire[] = [];
  let [x, y, rowHeight, width] = [MARGIN, MARGIN, 0, 0];
  for (const part of parts(model)) {
    const drawn = drawPart(model, part);
    if (x > MARGIN && x + drawn.width > ROW) {
      y += rowHeight + GAP;
      [x, rowHeight] = [MARGIN, 0];
    }
    const [dx, dy] = [x, y];
    boxes.push(...drawn.boxes.map((box) => ({ ...box, x: box.x + dx, y: box.y + dy })));
    wires.push(...drawn.wires.map((wire) => ({ ...wire, shiftX: dx, shiftY: dy })));
    x += drawn.width + GAP;
    width = Math.max(width, x - GAP + MARGIN);
    rowHeight = Math.max(rowHeight, drawn.height);
  }
  return { width, height: y + rowHeight + MARGIN, boxes, wires };
}

/** Indices of the nodes that hang together, part by part. */
function parts({ nodes, edges }: Graph): number[][] {
  const part = nodes.map((_, index) => index);
  for (const { from, to } of edges) {
    const [into, gone] = [part[from], part[to]];
    part.forEach((number, index) => {
      if (number === gone && into !== undefined) part[index] = into;
    });
  }
  const numbers = [...new Set(part)];
  return numbers.map((number) => [...part.keys()].filter((index) => part[index] === number));
}

/** From left to right or from above downwards, whichever is nearer to a square: panes are. */
function drawPart(model: Graph, part: readonly number[]): Drawing {
  const [across, down] = [drawIn(model, part, 'LR'), drawIn(model, part, 'TB')];
  const longer = ({ width, height }: Drawing) => Math.max(width, height);
  return longer(across) <= longer(down) ? across : down;
}

function drawIn({ nodes, edges }: Graph, part: readonly number[], rankdir: 'LR' | 'TB'): Drawing {
  const graph = new Layered({ multigraph: true });
  const ranksep = rankdir === 'LR' ? 72 : 40;
  graph.setGraph({ rankdir, ranksep, nodesep: 16, edgesep: 14 });
  const texts = new Map<number, { text: string; detail: string }>();
  for (const index of part) {
    const text = short(nodes[index]?.name || '(no name)');
    const detail = short(nodes[index]?.detail ?? '');
    const longest = Math.max(text.length * CHARACTER, detail.length * SMALL_CHARACTER);
    texts.set(index, { text, detail });
    graph.setNode(String(index), {
      width: Math.max(72, longest + 2 * PADDING),
      height: detail === '' ? HEIGHT : HEIGHT_WITH_DETAIL,
    });
  }
  const own = edges.filter(({ from, to }) => texts.has(from) && texts.has(to));
  own.forEach(({ from, to, kind }, index) => {
    const label = { width: kind.length * 6, height: 12, labelpos: 'c' };
    graph.setEdge(String(from), String(to), label, String(index));
  });
  layout(graph);
  const boxes = [...texts].flatMap(([index, said]): Box[] => {
    const node = nodes[index];
    const { x = 0, y = 0, width = 0, height = 0 } = graph.node(String(index)) as Placed;
    return node
      ? [{ node, index, ...said, x: x - width / 2, y: y - height / 2, width, height }]
      : [];
  });
  const wires = own.flatMap((edge, index): Wire[] => {
    const placed = graph.edge(String(edge.from), String(edge.to), String(index)) as
      Placed | undefined;
    if (!placed?.points) return [];
    const { points, x = 0, y = 0 } = placed;
    return [{ edge, path: smooth(points), x, y, shiftX: 0, shiftY: 0 }];
  });
  const { width = 0, height = 0 } = graph.graph() as Placed;
  return { width, height, boxes, wires };
}

/** What the layout writes into its labels. */
interface Placed {
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly points?: readonly Point[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const at = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** A curve that passes between the points that the layout gives, and begins and ends on them. */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.at(-1);
  if (!first || !last) return '';
  let path = `M${at(first)}`;
  rest.slice(0, -1).forEach((point, index) => {
    const next = rest[index + 1] ?? last;
    const middle =
      index === rest.length - 2 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    path += `Q${at(point)} ${at(middle)}`;
  });
  return rest.length === 1 ? `${path}L${at(last)}` : path;
}
