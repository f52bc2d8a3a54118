/** The dialogs that the bar opens. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { deleteDraft, listDrafts } from '../state/drafts';
import { GALLERY, loadExample, type Example } from '../state/gallery';
import { pane } from '../state/judge';
import { LONGEST_LINK, encodeLink } from '../state/link';
import { done, wrong } from '../state/notice';
import { draft, open, resume, save, workspace } from '../state/session';
import { Dialog } from '../ui/Dialog';
import { Trash } from '../ui/icons';
import { dialog } from './Bar';
import { downloadFiles, openFiles } from './download';
import { Help } from './Help';

const close = () => (dialog.value = null);

export function Dialogs() {
  switch (dialog.value) {
    case 'examples':
      return <Examples />;
    case 'drafts':
      return <Drafts />;
    case 'share':
      return <Share />;
    case 'help':
      return <Help onClose={close} />;
    case null:
      return null;
  }
}

function Examples() {
  const choose = (example: Example) => {
    loadExample(example).then(
      (content) => {
        open(content, example.title);
        if (example.pane) pane.value = example.pane;
        close();
      },
      (error: unknown) => wrong(String(error)),
    );
  };
  return (
    <Dialog title="Examples" onClose={close}>
      <p class="lead">Each opens beside what you have; your draft stays under Drafts.</p>
      {GALLERY.map((shelf) => (
        <section class="shelf">
          <h3>{shelf.title}</h3>
          <div class="cards">
            {shelf.examples.map((example) => (
              <button type="button" class="card" onClick={() => choose(example)}>
                <strong>{example.title}</strong>
                <span>{example.about}</span>
              </button>
            ))}
          </div>
        </section>
      ))}
    </Dialog>
  );
}

const drafts = signal(listDrafts());

const when = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

function Drafts() {
  useEffect(() => {
    save();
    drafts.value = listDrafts();
  }, []);
  return (
    <Dialog title="Drafts" onClose={close}>
      <p class="lead">What you worked on in this browser. Nothing of it leaves your machine.</p>
      <ul class="drafts">
        {drafts.value.map(({ id, title, at }) => (
          <li>
            <button
              type="button"
              class="card"
              aria-current={id === draft.value.id}
              onClick={() => {
                if (resume(id)) close();
              }}
            >
              <strong>{title}</strong>
              <span>{id === draft.value.id ? 'open now' : when.format(at)}</span>
            </button>
            {id !== draft.value.id && (
              <button
                type="button"
                class="quiet square"
                aria-label={`Delete ${title}`}
                title="Delete this draft"
                onClick={() => {
                  deleteDraft(id);
                  drafts.value = listDrafts();
                }}
              >
                <Trash />
              </button>
            )}
          </li>
        ))}
      </ul>
      <label class="from-disk">
        <span>Open files from your disk</span>
        <input
          type="file"
          multiple
          onChange={(event) => {
            openFiles([...(event.currentTarget.files ?? [])]).then(close, (error: unknown) =>
              wrong(String(error)),
            );
          }}
        />
      </label>
    </Dialog>
  );
}

const link = signal<string | null>(null);

function Share() {
  useEffect(() => {
    link.value = null;
    encodeLink(workspace()).then(
      (fragment) => (link.value = location.href.replace(/#.*$/s, '') + fragment),
      (error: unknown) => wrong(String(error)),
    );
  }, []);
  const url = link.value;
  if (url !== null && url.length > LONGEST_LINK) {
    return (
      <Dialog title="Share" onClose={close}>
        <p>
          These files make a link of {Math.ceil(url.length / 1024)} KB. Many programs cut links off
          beyond 16 KB, so share a file instead: it opens again under Drafts.
        </p>
        <p class="row">
          <button
            type="button"
            class="primary"
            onClick={() => {
              downloadFiles();
              close();
            }}
          >
            Download the files
          </button>
        </p>
      </Dialog>
    );
  }
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      done('Link copied');
      close();
    } catch {
      wrong('The browser does not let the page copy; select the link and copy it yourself.');
    }
  };
  return (
    <Dialog title="Share" onClose={close}>
      <p class="lead">
        The link holds all files and settings, packed into its last part. Browsers never send that
        part to a server.
      </p>
      <div class="row">
        <input
          class="link"
          readOnly
          aria-label="Link"
          value={url ?? ''}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button
          type="button"
          class="primary"
          disabled={url === null}
          onClick={() => void copy(url ?? '')}
        >
          Copy link
        </button>
      </div>
      <p class="hint">
        {/* There from the start: the button beside it stays where it is. */}
        {url === null ? '…' : `${(url.length / 1024).toFixed(1)} KB of at most 16 KB`}
      </p>
      <p class="row">
        <button type="button" class="plain" onClick={downloadFiles}>
          Download the files instead
        </button>
      </p>
    </Dialog>
  );
}
