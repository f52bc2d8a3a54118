/** The files as tabs, with what can be done to them. */
import { computed, signal } from '@preact/signals';

import type { Severity } from '../wasm/clnrm_wasm';
import { diagnostics } from '../state/judge';
import { format } from '../state/formatting';
import {
  activate,
  active,
  addFile,
  builtIns,
  closeBuiltIn,
  files,
  removeFile,
  renameFile,
  tabs,
} from '../state/session';
import { Dialog } from '../ui/Dialog';
import { Lines, Pencil, Plus, Trash } from '../ui/icons';
import { Tabs } from '../ui/Tabs';

type Doing =
  { readonly kind: 'new' } | { readonly kind: 'rename' | 'delete'; readonly name: string };
const doing = signal<Doing | null>(null);

const GRAVITY: readonly Severity[] = ['info', 'warning', 'error'];

/** The gravest problem of each file. */
const gravest = computed(() => {
  const known = new Map<string, Severity>();
  for (const { primary, severity } of diagnostics.value) {
    const before = known.get(primary.file);
    if (!before || GRAVITY.indexOf(severity) > GRAVITY.indexOf(before))
      known.set(primary.file, severity);
  }
  return known;
});

export function FileTabs() {
  const name = active.value;
  const alone = files.value.length === 1;
  const isBuiltIn = (file: string) => builtIns.value.some((one) => one.name === file);
  const remove = (file: string) => {
    if (isBuiltIn(file)) closeBuiltIn(file);
    else if (!alone) doing.value = { kind: 'delete', name: file };
  };
  return (
    <div class="tab-row">
      <Tabs
        label="Files"
        controls="editor"
        current={name}
        onSelect={activate}
        onRename={(file) => {
          if (!isBuiltIn(file)) doing.value = { kind: 'rename', name: file };
        }}
        onDelete={remove}
        tabs={tabs.value.map((file) => ({
          id: file.name,
          title: file.name,
          label: (
            <>
              <span class="file-name">{file.name}</span>
              {gravest.value.has(file.name) && (
                <span class={`dot ${gravest.value.get(file.name) ?? ''}`}>
                  <span class="unseen">has {gravest.value.get(file.name)}s</span>
                </span>
              )}
            </>
          ),
        }))}
      />
      <div class="tab-actions">
        <button
          type="button"
          class="quiet square"
          aria-label="New file"
          title="New file"
          onClick={() => (doing.value = { kind: 'new' })}
        >
          <Plus />
        </button>
        <button
          type="button"
          class="quiet square"
          aria-label={`Format ${name}`}
          title="Put this file into its usual layout (Shift + Alt + F)"
          disabled={isBuiltIn(name)}
          onClick={() => void format(name)}
        >
          <Lines />
        </button>
        <button
          type="button"
          class="quiet square"
          aria-label={`Rename ${name}`}
          title="Rename this file (F2 on its tab)"
          disabled={isBuiltIn(name)}
          onClick={() => (doing.value = { kind: 'rename', name })}
        >
          <Pencil />
        </button>
        <button
          type="button"
          class="quiet square"
          aria-label={`${isBuiltIn(name) ? 'Close' : 'Delete'} ${name}`}
          title="Delete this file (Delete on its tab)"
          disabled={alone && !isBuiltIn(name)}
          onClick={() => remove(name)}
        >
          <Trash />
        </button>
      </div>
      <FileDialog />
    </div>
  );
}

function FileDialog() {
  const current = doing.value;
  const close = () => (doing.value = null);
  if (!current) return null;
  if (current.kind === 'delete') {
    return (
      <Dialog title="Delete the file?" onClose={close}>
        <p>
          <code>{current.name}</code> goes, with its text and its undo history.
        </p>
        <p class="row">
          <button
            type="button"
            class="primary"
            onClick={() => {
              removeFile(current.name);
              close();
            }}
          >
            Delete
          </button>
          <button type="button" class="plain" onClick={close}>
            Keep it
          </button>
        </p>
      </Dialog>
    );
  }
  return <NameDialog before={current.kind === 'rename' ? current.name : null} onClose={close} />;
}

const typed = signal('');

function NameDialog({
  before,
  onClose,
}: {
  readonly before: string | null;
  readonly onClose: () => void;
}) {
  const name = typed.value.trim();
  const taken = name !== before && files.value.some((file) => file.name === name);
  const submit = (event: Event) => {
    event.preventDefault();
    if (name === '' || taken) return;
    if (before === null) addFile(name);
    else if (before !== name) renameFile(before, name);
    onClose();
  };
  return (
    <Dialog title={before === null ? 'New file' : 'Rename'} onClose={onClose}>
      <form class="name-form" onSubmit={submit}>
        <label>
          <span>Name</span>
          <input
            type="text"
            autocomplete="off"
            spellcheck={false}
            maxLength={200}
            value={before ?? ''}
            ref={(input) => {
              if (input && document.activeElement !== input) {
                typed.value = input.value;
                input.focus();
                input.select();
              }
            }}
            aria-invalid={taken}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        </label>
        <p class="hint">
          {taken ? (
            <span class="fault" role="alert">
              There is a file of this name.
            </span>
          ) : (
            <>
              <code>…clnrm.toml</code> is a test, <code>….tera</code> a template, a name that begins
              with <code>_</code> a library, <code>….json</code> a trace.
            </>
          )}
        </p>
        <p class="row">
          <button type="submit" class="primary" disabled={name === '' || taken}>
            {before === null ? 'Create' : 'Rename'}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
