/**
 * Share links: the whole workspace in the fragment of the address, which browsers never send.
 *
 * `#v1.<base64url(deflate-raw(JSON))>`. Links outlive builds: a version stays readable for good, and
 * a new shape takes a new number.
 */
import { readWorkspace, type Workspace } from './workspace';

/** Characters of a fragment that every browser, chat and mail program lets through. */
export const LONGEST_LINK = 16 * 1024;

/** Characters that a link may unpack to: more is a mistake, or meant to hurt. */
export const LARGEST_CONTENT = 2 * 1024 * 1024;

/** Why a link could not be opened, as a sentence for the person who followed it. */
export class BadLink extends Error {}

/** The fragment for a workspace, with its `#`. */
export async function encodeLink(workspace: Workspace): Promise<string> {
  const { files, active, settings } = workspace;
  const json = JSON.stringify({ files, active, settings });
  const packed = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  return `#v1.${toBase64Url(bytes)}`;
}

/** Whether a fragment means to be a link of ours. */
export const isLink = (fragment: string): boolean => /^#v\d+\./.test(fragment);

/** The workspace of a fragment; throws {@link BadLink}. */
export async function decodeLink(fragment: string): Promise<Workspace> {
  const [, version, body] = /^#v(\d+)\.(.*)$/s.exec(fragment) ?? [];
  if (version === undefined || body === undefined)
    throw new BadLink('This is no link of the playground.');
  if (version !== '1') {
    throw new BadLink(
      `This link was made by a newer playground (version ${version}); this one reads version 1. Reload the page without the network cache, and open it again.`,
    );
  }
  const json = await unpack(fromBase64Url(body));
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    throw new BadLink(
      'The link is damaged: what it holds is no workspace. Was it cut off when it was copied?',
    );
  }
  const workspace = readWorkspace(data);
  if (!workspace) throw new BadLink('The link holds no files.');
  return workspace;
}

/** Unpacks piece by piece, so that a few kilobytes cannot become gigabytes. */
async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch {
      throw new BadLink(
        'The link is damaged: it cannot be unpacked. Was it cut off when it was copied?',
      );
    }
    if (piece.done) return text;
    text += piece.value;
    if (text.length > LARGEST_CONTENT) {
      await reader.cancel();
      throw new BadLink('The link holds more than 2 MB of text and was not opened.');
    }
  }
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  // In pieces: an argument list has a bound.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (char) => char.charCodeAt(0));
  } catch {
    throw new BadLink('The link is damaged: it has characters that no link of ours has.');
  }
}
