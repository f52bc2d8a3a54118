/**
 * Colours, folding and comments for TOML with Tera in it. Looks only: what a text means is the
 * core's to say.
 */
import {
  LanguageSupport,
  StreamLanguage,
  foldService,
  type StreamParser,
} from '@codemirror/language';
import type { StringStream } from '@codemirror/language';
import type { EditorState, Line } from '@codemirror/state';
import { tags } from '@lezer/highlight';

type Tera = '{{' | '{%' | '{#';
type TomlString = '"' | "'" | '"""' | "'''";

interface State {
  /** The tag that is open. */
  tera: Tera | null;
  /** The quote of the string that is open in the tag. */
  quote: string | null;
  /** Whether a name that comes next in the tag is a filter or test. */
  called: boolean;
  /** Between `{% raw %}` and `{% endraw %}`. */
  raw: boolean;
  /** The TOML string that is open. */
  string: TomlString | null;
  /** Brackets and braces that are open in a value: keys stand in tables, not in arrays. */
  nesting: string[];
  /** Whether a value is due, rather than a key. */
  value: boolean;
}

const CLOSE: Record<Tera, string> = { '{{': '}}', '{%': '%}', '{#': '#}' };

const TERA_WORD =
  /^(?:if|elif|else|endif|for|in|endfor|set|set_global|macro|endmacro|import|as|include|ignore|missing|extends|block|endblock|filter|endfilter|raw|endraw|break|continue|and|or|not|is)\b/;

const parser: StreamParser<State> = {
  name: 'clnrm',
  startState: () => ({
    tera: null,
    quote: null,
    called: false,
    raw: false,
    string: null,
    nesting: [],
    value: false,
  }),
  copyState: (state) => ({ ...state, nesting: [...state.nesting] }),
  token(stream, state) {
    if (state.tera) return teraToken(stream, state);
    if (stream.sol() && state.string?.length !== 3 && state.nesting.length === 0) {
      state.value = false;
      state.string = null;
    }
    const open = state.raw
      ? stream.match(/^\{%-?\s*endraw\b/, false)
      : stream.match(/^\{[{%#]/, false);
    if (open) {
      const tera = stream.string.slice(stream.pos, stream.pos + 2) as Tera;
      stream.pos += 2;
      stream.eat('-');
      state.tera = tera;
      state.called = false;
      return tera === '{#' ? 'comment' : 'delimiter';
    }
    return state.string ? stringToken(stream, state, state.string) : tomlToken(stream, state);
  },
  tokenTable: {
    delimiter: tags.processingInstruction,
    called: tags.function(tags.variableName),
    table: tags.heading,
  },
  languageData: {
    commentTokens: { line: '#' },
    closeBrackets: { brackets: ['(', '[', '{', '"', "'"] },
  },
};

function teraToken(stream: StringStream, state: State): string | null {
  const tera = state.tera ?? '{{';
  const close = CLOSE[tera];
  if (tera === '{#') {
    if (stream.skipTo(close)) {
      stream.pos += 2;
      state.tera = null;
    } else stream.skipToEnd();
    return 'comment';
  }
  if (state.quote) {
    if (stream.skipTo(state.quote)) {
      stream.next();
      state.quote = null;
    } else stream.skipToEnd();
    return 'string';
  }
  if (stream.eatSpace()) return null;
  if (stream.match(close) || stream.match(`-${close}`)) {
    state.tera = null;
    return 'delimiter';
  }
  const quote = stream.eat(/["'`]/);
  if (quote) {
    state.quote = quote;
    return 'string';
  }
  if (stream.match(/^\d+(?:\.\d+)?/)) return 'number';
  if (stream.match(/^(?:true|false|True|False)\b/)) return 'bool';
  const word = stream.match(TERA_WORD, true, false);
  if (word) {
    const text = stream.current();
    if (text === 'raw') state.raw = true;
    if (text === 'endraw') state.raw = false;
    state.called = text === 'is' || (text === 'not' && state.called);
    return 'keyword';
  }
  if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u)) {
    const called = state.called || stream.match(/^\s*(?:\(|::)/, false);
    state.called = false;
    return called ? 'called' : 'variableName';
  }
  state.called = stream.next() === '|';
  return 'operator';
}

function stringToken(stream: StringStream, state: State, quote: TomlString): string {
  const escapes = quote.startsWith('"');
  while (!stream.eol()) {
    if (stream.match(/^\{[{%#]/, false)) return 'string';
    if (escapes && stream.eat('\\')) {
      stream.next();
    } else if (stream.match(quote)) {
      state.string = null;
      return 'string';
    } else stream.next();
  }
  return 'string';
}

function tomlToken(stream: StringStream, state: State): string | null {
  if (stream.eatSpace()) return null;
  if (stream.peek() === '#') {
    while (!stream.eol() && !stream.match(/^\{[{%#]/, false)) stream.next();
    return 'comment';
  }
  const inTable = state.nesting.at(-1) === '{';
  const keyDue = state.nesting.length === 0 ? !state.value : inTable && !state.value;
  if (keyDue && state.nesting.length === 0 && stream.match(/^\[\[?|^\]\]?/)) return 'table';
  const quote = stream.match(/^(?:"""|'''|"|')/, true) ? (stream.current() as TomlString) : null;
  if (quote) {
    if (!keyDue) {
      state.string = quote;
      return stringToken(stream, state, quote);
    }
    while (!stream.eol() && stream.next() !== quote);
    return 'propertyName';
  }
  if (keyDue && stream.match(/^[\w-]+/)) {
    return isHeader(stream) ? 'table' : 'propertyName';
  }
  const char = stream.peek() ?? '';
  if ('[{'.includes(char) && !keyDue) {
    state.nesting.push(char);
    state.value = char === '[';
    stream.next();
    return 'bracket';
  }
  if (']}'.includes(char)) {
    state.nesting.pop();
    state.value = true;
    stream.next();
    return 'bracket';
  }
  if (char === '=') {
    state.value = true;
    stream.next();
    return 'operator';
  }
  if (char === ',') {
    state.value = !inTable;
    stream.next();
    return 'punctuation';
  }
  if (stream.match(/^(?:true|false)\b/)) return 'bool';
  if (stream.match(/^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d[\d.]*(?:Z|[+-]\d\d:\d\d)?)?/))
    return 'number';
  if (
    stream.match(/^[+-]?(?:0[xob][\da-fA-F_]+|(?:inf|nan)\b|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)/)
  ) {
    return 'number';
  }
  stream.next();
  return null;
}

const isHeader = (stream: StringStream): boolean => /^\s*\[/.test(stream.string);

const HEADER = /^\s*\[/;
const BLOCK = /\{%-?\s*(end)?(if|for|macro|block|filter|raw)\b/g;

/** Folds a TOML table up to the next header, and a Tera block up to its end tag. */
function foldRange(state: EditorState, start: number): { from: number; to: number } | null {
  const line = state.doc.lineAt(start);
  const last = foldedBlock(state, line) ?? foldedTable(state, line);
  return last && last.number > line.number ? { from: line.to, to: last.to } : null;
}

function foldedTable(state: EditorState, line: Line): Line | undefined {
  if (!HEADER.test(line.text)) return undefined;
  let last = line;
  for (let number = line.number + 1; number <= state.doc.lines; number++) {
    const next = state.doc.line(number);
    if (HEADER.test(next.text) || /^\s*\{%/.test(next.text)) break;
    if (next.text.trim() !== '' && !next.text.startsWith('#')) last = next;
  }
  return last;
}

function foldedBlock(state: EditorState, line: Line): Line | undefined {
  let depth = blockBalance(line.text);
  if (depth <= 0) return undefined;
  for (let number = line.number + 1; number <= state.doc.lines; number++) {
    depth += blockBalance(state.doc.line(number).text);
    if (depth <= 0) return state.doc.line(number - 1);
  }
  return undefined;
}

/** Blocks that a line opens, less those that it closes. */
function blockBalance(text: string): number {
  let balance = 0;
  for (const [, end] of text.matchAll(BLOCK)) balance += end ? -1 : 1;
  return balance;
}

export function language(): LanguageSupport {
  return new LanguageSupport(StreamLanguage.define(parser), [foldService.of(foldRange)]);
}
