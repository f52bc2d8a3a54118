/** A row of tabs: arrow keys move along it, as screen readers tell people they do. */
import type { ComponentChild } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface Tab {
  readonly id: string;
  readonly label: ComponentChild;
  readonly title?: string;
}

interface Props {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly current: string;
  /** The id of the element that shows the tab in front. */
  readonly controls: string;
  readonly onSelect: (id: string) => void;
  readonly onRename?: (id: string) => void;
  readonly onDelete?: (id: string) => void;
}

export function Tabs({ label, tabs, current, controls, onSelect, onRename, onDelete }: Props) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const front = row.current?.querySelector('[aria-selected=true]');
    front?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  const move = (event: KeyboardEvent) => {
    const index = tabs.findIndex((tab) => tab.id === current);
    const to = {
      ArrowRight: (index + 1) % tabs.length,
      ArrowLeft: (index + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    }[event.key];
    const next = to === undefined ? undefined : tabs[to];
    if (to !== undefined && next) {
      event.preventDefault();
      onSelect(next.id);
      (row.current?.children[to] as HTMLElement | undefined)?.focus();
    } else if (event.key === 'F2') onRename?.(current);
    else if (event.key === 'Delete') onDelete?.(current);
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={row} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          class="tab"
          title={tab.title}
          aria-selected={tab.id === current}
          aria-controls={controls}
          tabIndex={tab.id === current ? 0 : -1}
          onClick={() => onSelect(tab.id)}
          onDblClick={() => onRename?.(tab.id)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}
