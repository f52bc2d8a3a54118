/** Services, scenarios and expected spans as a drawing; a click goes to where one is declared. */
import { computed } from '@preact/signals';

import { graph, openPlace, report } from '../state/judge';
import type { Node } from '../wasm/clnrm_wasm';
import { Empty } from './Empty';
import { draw, type Box, type Wire } from './layout';

const drawing = computed(() => (graph.value ? draw(graph.value) : null));

const KINDS: readonly { readonly kind: Node['kind']; readonly plural: string }[] = [
  { kind: 'service', plural: 'services' },
  { kind: 'scenario', plural: 'scenarios' },
  { kind: 'step', plural: 'steps' },
  { kind: 'span', plural: 'expected spans' },
];

export function GraphPane() {
  const current = drawing.value;
  if (!current || current.boxes.length === 0) {
    const failed = report.value?.stopped_at === 'template';
    return (
      <Empty
        title="Nothing to draw"
        text={
          failed
            ? 'The template does not render; Problems says why.'
            : 'Services, scenarios and expected spans appear here.'
        }
      />
    );
  }
  const { width, height, boxes, wires } = current;
  return (
    <div class="graph">
      <ul class="legend" aria-label="What the colours mean">
        {KINDS.filter(({ kind }) => boxes.some(({ node }) => node.kind === kind)).map(
          ({ kind, plural }) => (
            <li class={kind}>{plural}</li>
          ),
        )}
      </ul>
      <div class="canvas" tabindex={0} role="group" aria-label="Drawing of the test">
        <svg
          viewBox={`0 0 ${width} ${height}`}
          style={{ '--width': `${width}px` }}
          role="group"
          aria-label={`${boxes.length} things and ${wires.length} ties between them`}
        >
          <defs>
            <marker
              id="arrow"
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto"
            >
              <path d="M1 1 7 4 1 7" class="arrow" />
            </marker>
          </defs>
          {wires.map((wire) => (
            <WireLine wire={wire} />
          ))}
          {boxes.map((box) => (
            <NodeBox box={box} ties={tiesOf(box.index, wires, boxes)} />
          ))}
        </svg>
      </div>
    </div>
  );
}

function WireLine({ wire: { edge, path, x, y, shiftX, shiftY } }: { readonly wire: Wire }) {
  return (
    <g class={`wire ${edge.kind}`} transform={`translate(${shiftX} ${shiftY})`} aria-hidden="true">
      <path d={path} marker-end="url(#arrow)" />
      <text x={x} y={y} dy="-4" text-anchor="middle">
        {words(edge.kind)}
      </text>
    </g>
  );
}

const words = (kind: string) => kind.replaceAll('-', ' ');

/** What a node is tied to, for those who do not see the lines. */
function tiesOf(index: number, wires: readonly Wire[], boxes: readonly Box[]): string {
  const name = (of: number) => boxes.find((box) => box.index === of)?.node.name ?? '';
  return wires
    .filter(({ edge }) => edge.from === index)
    .map(({ edge }) => `${words(edge.kind)} ${name(edge.to)}`)
    .join(', ');
}

function NodeBox({ box, ties }: { readonly box: Box; readonly ties: string }) {
  const { node, text, detail, x, y, width, height } = box;
  const { file, start, end } = node.place;
  const open = () => void openPlace(file, start.utf16, end.utf16);
  const what = `${node.declared ? '' : 'undeclared '}${node.kind} ${node.name}`;
  return (
    <g
      class={`node ${node.kind} ${node.declared ? '' : 'undeclared'}`}
      transform={`translate(${x} ${y})`}
    >
      <rect
        width={width}
        height={height}
        rx={node.kind === 'span' ? height / 2 : 8}
        role="button"
        tabindex={0}
        aria-label={what + (ties && `: ${ties}`)}
        onClick={open}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          open();
        }}
      >
        <title>{node.detail === null ? node.name : `${node.name}: ${node.detail}`}</title>
      </rect>
      <text
        aria-hidden="true"
        x={width / 2}
        y={detail === '' ? height / 2 : 19}
        dy="0.35em"
        text-anchor="middle"
      >
        {text}
      </text>
      {detail !== '' && (
        <text
          aria-hidden="true"
          class="detail"
          x={width / 2}
          y={34}
          dy="0.35em"
          text-anchor="middle"
        >
          {detail}
        </text>
      )}
    </g>
  );
}
