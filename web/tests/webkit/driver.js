/**
 * A page in WebKit, the engine of Safari: Debian's, through the W3C's WebDriver protocol, which is what
 * it has. Playwright drives no WebKit but its own.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const DRIVER = process.env['WEBKIT_DRIVER'] ?? '/usr/bin/WebKitWebDriver';

/** Keys that have no letter, as the protocol writes them. */
/** @type {Readonly<Record<string, string | undefined>>} */
const KEYS = { Control: '\uE009', Escape: '\uE00C', Enter: '\uE007', End: '\uE010', F8: '\uE038' };

/** How long the page may take to show what a test waits for. */
const PATIENCE_MS = 20_000;

/** Under this name an answer holds the identity of an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export class WebKitPage {
  /** @type {readonly import('node:child_process').ChildProcess[]} */
  #processes = [];
  #session = '';
  /** @type {unknown[]} */
  #violations = [];

  /** Starts WebKit on a screen of its own. */
  static async launch() {
    const page = new WebKitPage();
    const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x900x24'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    page.#processes = [screen];
    const told = /** @type {import('node:stream').Readable} */ (screen.stdio[3]);
    const number = String(/** @type {unknown[]} */ (await once(told, 'data'))[0]).trim();
    const port = await freePort();
    const env = { ...process.env, DISPLAY: `:${number}` };
    page.#processes = [screen, spawn(DRIVER, [`--port=${port}`], { stdio: 'ignore', env })];
    const driver = `http://127.0.0.1:${port}/session`;
    const session = /** @type {{ sessionId: string }} */ (
      await until(() => call('POST', driver, { capabilities: {} }).catch(() => undefined))
    );
    page.#session = `${driver}/${session.sessionId}`;
    await page.#ask('POST', '/window/rect', { width: 1400, height: 860 });
    return page;
  }

  async close() {
    await this.#ask('DELETE', '').catch(() => undefined);
    for (const child of [...this.#processes].reverse()) child.kill();
  }

  /** @param {string} url */
  async goto(url) {
    await this.#leave();
    await this.#ask('POST', '/url', { url });
    await this.#arrive();
  }

  async reload() {
    await this.#leave();
    await this.#ask('POST', '/refresh', {});
    await this.#arrive();
  }

  /** What went against the page's policy since it was there. @returns {Promise<unknown[]>} */
  async violations() {
    await this.#leave();
    return this.#violations;
  }

  async #leave() {
    const more = await this.run('return window.violations?.splice(0) ?? []');
    this.#violations.push(.../** @type {unknown[]} */ (more));
  }

  async #arrive() {
    await this.run(
      `window.violations = [];
       addEventListener('securitypolicyviolation', (event) =>
         violations.push(event.violatedDirective));`,
    );
    await this.shows('.verdict:not(.idle)');
  }

  /** Presses one key after another, the first of several that are joined by `+` being held. */
  async press(/** @type {string[]} */ ...strokes) {
    const actions = strokes.flatMap((stroke) => {
      const keys = stroke.split(/(?<=.)\+/).map((key) => KEYS[key] ?? key);
      return [
        ...keys.map((value) => ({ type: 'keyDown', value })),
        ...keys.reverse().map((value) => ({ type: 'keyUp', value })),
      ];
    });
    await this.#ask('POST', '/actions', { actions: [{ type: 'key', id: 'keys', actions }] });
  }

  /** @param {string} text */
  async type(text) {
    await this.press(...text.split(''));
  }

  /** Clicks what reads, begins with or is named `label`, once it stays where it is. @param {string} label */
  async click(label) {
    let before = '';
    const element = await until(async () => {
      const found = await this.run(
        `const one = [...document.querySelectorAll('*')].findLast((one) =>
           one.checkVisibility() && !one.closest(':disabled') &&
           [one.firstChild?.nodeValue, one.textContent, one.getAttribute('aria-label')].includes(arguments[0]));
         return one && [one, JSON.stringify(one.getBoundingClientRect())];`,
        label,
      );
      const [one, place] = /** @type {[Record<string, string>, string] | [undefined, '']} */ (
        found ?? [undefined, '']
      );
      const stays = place === before;
      before = place;
      return stays ? one : undefined;
    }, label);
    const id = /** @type {Record<string, string>} */ (element)[ELEMENT];
    await this.#ask('POST', `/element/${id}/click`, {});
  }

  /** Waits for an element, also within the editor. @param {string} selector */
  async shows(selector, text = '') {
    await this.#finds(
      `const [selector, text] = arguments;
       const editors = [...document.querySelectorAll('.editor')].flatMap((one) => one.shadowRoot ?? []);
       return [document, ...editors].flatMap((root) => [...root.querySelectorAll(selector)])
         .find((one) => one.textContent.includes(text));`,
      selector,
      text,
    );
  }

  /** Runs a script of the test's in the page. @param {string} script @param {unknown[]} args */
  run(script, ...args) {
    return this.#ask('POST', '/execute/sync', { script, args });
  }

  /** A picture of the page, as PNG. */
  async screenshot() {
    return Buffer.from(/** @type {string} */ (await this.#ask('GET', '/screenshot')), 'base64');
  }

  /** @param {string} script @param {unknown[]} args */
  #finds(script, ...args) {
    return until(() => this.run(script, ...args), args.join(' '));
  }

  /** @param {string} method @param {string} path @param {unknown} [body] */
  #ask(method, path, body) {
    return call(method, this.#session + path, body);
  }
}

/** @param {string} method @param {string} url @param {unknown} [body] */
async function call(method, url, body) {
  const response = await fetch(url, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  /** @type {unknown} */
  const answer = await response.json();
  const { value } = /** @type {{ value: unknown }} */ (answer);
  if (!response.ok) throw new Error(`${method} ${url}: ${JSON.stringify(value)}`);
  return value;
}

/** Asks until there is an answer. @param {() => Promise<unknown>} ask */
async function until(ask, what = 'an answer') {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== null) return answer;
    if (Date.now() > end) throw new Error(`WebKit has been waiting for ${what}`);
    await sleep(50);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
