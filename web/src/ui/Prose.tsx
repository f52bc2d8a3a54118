/** Text of the core: sentences with `code` in them, and the Markdown pages of the codes. */
import type { ComponentChild } from 'preact';

/** A sentence whose backticks mark code. */
export function Sentence({ text }: { readonly text: string }) {
  return <>{inline(text)}</>;
}

function inline(text: string): ComponentChild[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part));
}

/** Markdown as the pages use it: headings, paragraphs, lists, tables are kept as text, fenced code. */
export function Markdown({ text }: { readonly text: string }) {
  return <div class="prose">{blocks(text.split('\n'))}</div>;
}

function blocks(lines: readonly string[]): ComponentChild[] {
  const out: ComponentChild[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const take = (while_: (line: string) => boolean) => {
      const from = at;
      while (at < lines.length && while_(lines[at] ?? '')) at++;
      return lines.slice(from, at);
    };
    if (line.startsWith('```')) {
      at++;
      const code = take((next) => !next.startsWith('```'));
      at++;
      out.push(
        <pre tabIndex={0} aria-label="Example">
          {code.join('\n')}
        </pre>,
      );
    } else if (line.startsWith('#')) {
      const level = line.search(/[^#]/);
      const title = inline(line.slice(level).trim());
      // The dialog has the heading above these.
      out.push(level <= 2 ? <h3>{title}</h3> : <h4>{title}</h4>);
      at++;
    } else if (/^[-*] /.test(line)) {
      out.push(
        <ul>
          {take((next) => /^[-*] /.test(next)).map((item) => (
            <li>{inline(item.slice(2))}</li>
          ))}
        </ul>,
      );
    } else if (line.trim() === '') {
      at++;
    } else {
      const paragraph = take((next) => next.trim() !== '' && !/^(#|```|[-*] )/.test(next));
      out.push(<p>{inline(paragraph.join(' '))}</p>);
    }
  }
  return out;
}
