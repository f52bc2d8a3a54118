/** What there is, and the keys. */
import { Dialog } from '../ui/Dialog';

const mac = /Mac|iP(hone|ad)/.test(navigator.userAgent);
const mod = mac ? '⌘' : 'Ctrl';

const KEYS: readonly (readonly [string, string])[] = [
  [`${mod} + .`, 'Apply the fix at the cursor'],
  ['F8', 'Next problem'],
  [`${mod} + Space`, 'Propose what can stand here'],
  [`${mod} + F`, 'Search and replace'],
  ['Shift + Alt + F', 'Put a plain file into its usual layout'],
  [`${mod} + Shift + [  ]`, 'Fold and unfold'],
  ['Enter, in the rendered text', 'Go to the line of the template'],
  ['Escape, then Tab', 'Leave the editor'],
  ['← →', 'Along a row of tabs'],
  ['↑ ↓, in the spans of a trace', 'From span to span; Escape lets go'],
  ['F2 · Delete, on a file’s tab', 'Rename · delete the file'],
  ['F1', 'This page'],
];

export function Help({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Help" onClose={onClose}>
      <p>
        Write a test on the left. With every key the whole of <code>clnrm</code>’s checker runs, in
        your browser: it renders the template, parses the result, judges every setting and holds the
        settings against each other. On the right stand the rendered text, the problems, a drawing
        of services, scenarios and expected spans, a trace that the expectations are held against,
        and the times.
      </p>
      <p>
        A click on a rendered line opens the line of the template that made it, also in a macro or
        an include, and shows the call. Nothing you write leaves your machine, unless you share it.
      </p>
      <h3>Keys</h3>
      <table class="keys">
        <tbody>
          {KEYS.map(([key, what]) => (
            <tr>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{what}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
