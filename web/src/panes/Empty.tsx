/** What a pane says when it has nothing to show. */
import type { ComponentChildren } from 'preact';

interface Props {
  readonly title: string;
  readonly text?: string;
  readonly icon?: ComponentChildren;
  readonly tone?: 'good';
  readonly children?: ComponentChildren;
}

export function Empty({ title, text, icon, tone, children }: Props) {
  return (
    <div class={`empty ${tone ?? ''}`}>
      {icon}
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
  );
}
