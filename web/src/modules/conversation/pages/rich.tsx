// A text as WhatsApp shows it: *bold*, _italic_, ~struck~, `code`, and addresses one can follow. Nothing becomes HTML.
import { Fragment, type ReactNode } from 'react';

const MARK = /(?<![\p{L}\p{N}])(?:\*(?<bold>\S(?:[^*\n]*\S)?)\*|_(?<italic>\S(?:[^_\n]*\S)?)_|~(?<struck>\S(?:[^~\n]*\S)?)~|`(?<code>[^`\n]+)`)(?![\p{L}\p{N}])|(?<link>https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])/gu;

export function rich(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(<Fragment key={match.index}>{marked(match)}</Fragment>);
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

function marked({ groups, 0: whole }: RegExpExecArray | RegExpMatchArray): ReactNode {
  const { bold, italic, struck, code, link } = groups ?? {};
  if (bold !== undefined) return <strong>{rich(bold)}</strong>;
  if (italic !== undefined) return <em>{rich(italic)}</em>;
  if (struck !== undefined) return <s>{rich(struck)}</s>;
  if (code !== undefined) return <code className="rounded bg-hover px-1">{code}</code>;
  if (link !== undefined) {
    return (
      <a href={link} target="_blank" rel="noopener noreferrer nofollow" className="underline underline-offset-2">
        {link}
      </a>
    );
  }
  return whole;
}
