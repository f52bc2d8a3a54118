/**
 * The examples of the repository, as the gallery shows them. The files themselves are those of
 * `/examples`, taken in when the page is built; here stands what a person chooses by.
 */
import type { Pane } from './judge';
import { DEFAULT_SETTINGS, type Workspace } from './workspace';

export interface Example {
  readonly title: string;
  readonly about: string;
  /** Below `/examples`; the first is the test. */
  readonly files: readonly [string, ...string[]];
  /** The pane in which what it is about is seen, if it is not the one in front. */
  readonly pane?: Pane;
}

export interface Shelf {
  readonly title: string;
  readonly examples: readonly Example[];
}

export const GALLERY: readonly Shelf[] = [
  {
    title: 'Tests',
    examples: [
      {
        title: 'Basics',
        about: 'Commands, and what they must print',
        files: ['basics.clnrm.toml'],
      },
      {
        title: 'Services',
        about: 'A database, a cache and a shop that wait for each other',
        files: ['services.clnrm.toml'],
      },
      {
        title: 'Expectations',
        about: 'Everything a trace can be held against',
        files: ['expectations.clnrm.toml'],
      },
      {
        title: 'A test and its traces',
        about: 'A checkout, held against a trace that fails and one that does not',
        files: ['traces/checkout.clnrm.toml', 'traces/red.json', 'traces/green.json'],
        pane: 'trace',
      },
      {
        title: 'Older spellings',
        about: 'What earlier versions wrote, and today’s form as a fix',
        files: ['older-spellings.clnrm.toml'],
      },
    ],
  },
  {
    title: 'Templates',
    examples: [
      {
        title: 'Variables',
        about: 'Values, filters, loops and conditions',
        files: ['variables.clnrm.toml.tera'],
      },
      {
        title: 'Macros of your own',
        about: 'A library, and a head that is included',
        files: ['own-macros.clnrm.toml.tera', '_lib.toml.tera', 'shared/_head.toml.tera'],
      },
      {
        title: 'The macro library',
        about: 'Whole tables from one line each',
        files: ['macros.clnrm.toml.tera'],
      },
      {
        title: 'Inheritance',
        about: 'A base with blocks, and a test that fills them',
        files: ['inheritance.clnrm.toml.tera', '_base.toml.tera'],
      },
      {
        title: 'Matrix',
        about: 'One test, six combinations',
        files: ['matrix.clnrm.toml.tera'],
      },
      {
        title: 'Determinism',
        about: 'A seed and a clock that stands still',
        files: ['determinism.clnrm.toml.tera'],
      },
      {
        title: 'Plain strings',
        about: 'Expressions in the strings of plain TOML',
        files: ['plain-strings.clnrm.toml'],
      },
    ],
  },
  {
    title: 'Mistakes, and what is said of them',
    examples: [
      {
        title: 'A broken shop',
        about: 'Faults in a test and in the macro that it calls',
        files: ['broken/shop.clnrm.toml.tera', 'broken/_services.toml.tera'],
      },
      {
        title: 'Template faults',
        about: 'Undefined variables, unknown filters, missing files (T)',
        files: ['broken/template.clnrm.toml.tera'],
      },
      {
        title: 'Syntax faults',
        about: 'TOML that does not parse, and is read on (S)',
        files: ['broken/syntax.clnrm.toml'],
      },
      {
        title: 'Wrong settings',
        about: 'Each setting by itself (C)',
        files: ['broken/settings.clnrm.toml'],
      },
      {
        title: 'Contradictions',
        about: 'Settings against each other (X)',
        files: ['broken/structure.clnrm.toml'],
      },
      {
        title: 'A circle of includes',
        about: 'Two files that include each other',
        files: ['broken/cycle.clnrm.toml.tera', 'broken/_cycle.toml.tera'],
      },
      {
        title: 'A template without end',
        about: 'Stopped by its limits, with the place',
        files: ['broken/limits.clnrm.toml.tera'],
      },
    ],
  },
];

/** The example that a first visit shows. */
export const FIRST = 'Macros of your own';

/** An example by its title. */
export const exampleNamed = (title: string): Example | undefined =>
  GALLERY.flatMap(({ examples }) => examples).find((example) => example.title === title);

/** The files of an example, ready to open. Their texts are fetched when one is first asked for. */
export async function loadExample(example: Example): Promise<Workspace> {
  const { textOf } = await import('./examples');
  const shownAs = (path: string) => path.replace(/^(broken|traces)\//, '');
  const files = example.files.map((path) => ({ name: shownAs(path), text: textOf(path) }));
  return { files, active: shownAs(example.files[0]), settings: DEFAULT_SETTINGS };
}
