/**
 * The editors' looks, in the colours of the page: custom properties reach into a shadow root, so
 * light and dark need no second theme.
 */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const highlight = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: tags.heading, color: 'var(--code-table)', fontWeight: '600' },
  { tag: tags.propertyName, color: 'var(--code-key)' },
  { tag: tags.string, color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool], color: 'var(--code-number)' },
  { tag: tags.keyword, color: 'var(--code-keyword)' },
  { tag: tags.processingInstruction, color: 'var(--code-delimiter)', fontWeight: '600' },
  { tag: tags.function(tags.variableName), color: 'var(--code-function)' },
  { tag: tags.variableName, color: 'var(--code-variable)' },
  { tag: [tags.operator, tags.punctuation, tags.bracket], color: 'var(--code-punctuation)' },
]);

const underline = (color: string) => ({
  // The library draws it with an image from a data URL, which the page's policy forbids.
  backgroundImage: 'none',
  // One by one: WebKit does not take them together.
  textDecorationLine: 'underline',
  textDecorationStyle: 'wavy',
  textDecorationColor: color,
  textDecorationThickness: '1px',
  textDecorationSkipInk: 'none',
  textUnderlineOffset: '3px',
  paddingBottom: '0',
});

const theme = EditorView.theme({
  '&': {
    height: '100%',
    color: 'var(--text)',
    backgroundColor: 'var(--sheet)',
    fontSize: 'var(--code-size)',
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--accent)' },
  '.cm-line': { padding: '0 12px 0 6px' },
  '.cm-gutters': {
    backgroundColor: 'var(--sheet)',
    color: 'var(--faint)',
    border: 'none',
    paddingLeft: '6px',
    userSelect: 'none',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '3ch', padding: '0 4px 0 2px' },
  '.cm-verdict': {
    display: 'block',
    width: '16px',
    textAlign: 'center',
    fontFamily: 'var(--sans)',
    fontWeight: '700',
    cursor: 'pointer',
  },
  '.cm-verdict.holds': { color: 'var(--good)' },
  '.cm-verdict.fails': { color: 'var(--error)' },
  '.cm-verdict.not-evaluated': { color: 'var(--warning)' },
  '.cm-foldGutter .cm-gutterElement': { width: '14px', cursor: 'pointer' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine': { backgroundColor: 'var(--line)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--text)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'var(--selection)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--match)' },
  '.cm-matchingBracket': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--match)', outline: 'none' },
  '.cm-searchMatch': { backgroundColor: 'var(--match)', outline: '1px solid var(--edge-strong)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--selection)' },
  '.cm-foldPlaceholder': {
    backgroundColor: 'var(--hover)',
    border: '1px solid var(--edge)',
    color: 'var(--muted)',
    padding: '0 6px',
  },
  '.cm-linked, &.cm-focused .cm-activeLine.cm-linked': {
    backgroundColor: 'var(--linked)',
    boxShadow: 'inset 2px 0 var(--accent)',
  },
  '.cm-carriage-return': { color: 'var(--faint)', fontSize: '0.75em' },
  '.cm-lintRange-error': underline('var(--error)'),
  '.cm-lintRange-warning': underline('var(--warning)'),
  '.cm-lintRange-info': underline('var(--info)'),
  '.cm-lintRange-active': { backgroundColor: 'var(--match)' },
  '.cm-lintPoint:after': { borderBottomColor: 'var(--error)' },
  '.cm-lintPoint-warning:after': { borderBottomColor: 'var(--warning)' },
  '.cm-lintPoint-info:after': { borderBottomColor: 'var(--info)' },
});

const floats = EditorView.theme({
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)',
    color: 'var(--text)',
    border: '1px solid var(--edge)',
    borderRadius: '8px',
    boxShadow: 'var(--shadow)',
    fontFamily: 'var(--sans)',
    fontSize: '13px',
    lineHeight: '1.45',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mono)',
    fontSize: '12.5px',
    maxHeight: '16em',
  },
  '.cm-tooltip-autocomplete ul li': {
    padding: '3px 10px 3px 6px !important',
    color: 'var(--text)',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--selection)',
    color: 'var(--text)',
  },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal', marginLeft: '1em' },
  '.cm-completionMatchedText': {
    textDecoration: 'none',
    color: 'var(--accent)',
    fontWeight: '600',
  },
  '.cm-completionIcon': { opacity: '0.6', width: '1.2em' },
  '.cm-tooltip.cm-completionInfo': {
    padding: '8px 12px',
    maxWidth: '26rem',
    whiteSpace: 'pre-wrap',
  },
  '.cm-diagnostic': {
    padding: '8px 12px',
    borderLeft: '3px solid var(--muted)',
    margin: '0',
    maxWidth: '36rem',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--error)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warning)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--info)' },
  '.cm-diagnosticAction': {
    display: 'block',
    margin: '8px 0 2px',
    padding: '3px 10px',
    font: '600 12.5px var(--sans)',
    color: 'var(--on-accent)',
    backgroundColor: 'var(--accent)',
    border: 'none',
    borderRadius: '6px',
    cursor: 'pointer',
  },
  '.cm-diagnostic code': {
    font: '0.92em var(--mono)',
    padding: '0 4px',
    backgroundColor: 'var(--hover)',
    borderRadius: '4px',
  },
  '.cm-diagnostic .help': { display: 'block', color: 'var(--muted)', marginTop: '2px' },
  '.cm-diagnostic .code': { color: 'var(--muted)', font: '12px var(--mono)', marginLeft: '8px' },
  '.cm-prose': { padding: '8px 12px', maxWidth: '32rem', overflowWrap: 'anywhere' },
  '.cm-prose p, .cm-prose h3, .cm-prose h4, .cm-prose ul, .cm-prose pre': { margin: '0 0 6px' },
  '.cm-prose h3, .cm-prose h4': { font: '600 13px var(--sans)' },
  '.cm-prose > div > :last-child': { marginBottom: '0' },
  '.cm-prose ul': { paddingLeft: '18px' },
  '.cm-prose code, .cm-prose pre': { font: '12.5px var(--mono)' },
  '.cm-panels': { backgroundColor: 'var(--bar)', color: 'var(--text)', zIndex: '2' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--edge)' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--edge)' },
  '.cm-panel.cm-search': { padding: '8px 10px', fontFamily: 'var(--sans)', fontSize: '13px' },
  '.cm-panel.cm-search label': { fontSize: '12.5px', color: 'var(--muted)' },
  '.cm-panel.cm-search [name=close]': {
    color: 'var(--muted)',
    fontSize: '18px',
    top: '6px',
    right: '8px',
  },
  '.cm-textfield': {
    backgroundColor: 'var(--sheet)',
    color: 'var(--text)',
    border: '1px solid var(--edge-strong)',
    borderRadius: '6px',
    padding: '3px 8px',
    fontSize: '13px',
  },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--sheet)',
    color: 'var(--text)',
    border: '1px solid var(--edge-strong)',
    borderRadius: '6px',
    fontSize: '12.5px',
    padding: '3px 10px',
  },
  '.cm-textfield:focus-visible, .cm-button:focus-visible, .cm-diagnosticAction:focus-visible': {
    outline: '2px solid var(--accent)',
    outlineOffset: '1px',
  },
});

export const looks = [theme, floats, syntaxHighlighting(highlight)];
