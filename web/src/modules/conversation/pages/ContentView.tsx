// What a message says, whatever kind it is. A kind that this version does not know is named, never hidden.
import { MapPin, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContentOf, Message } from '../../../api/types';
import { money } from '../../../i18n/format';
import { MediaView } from './media/MediaView';
import { rich } from './rich';
import { noticed } from './said';
import { TemplateWords } from './TemplateWords';

export function ContentView({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { content } = message;
  switch (content.type) {
    case 'text':
      return <Words text={content.body} />;
    case 'media':
      return (
        <div className="flex flex-col gap-1">
          <MediaView message={message} content={content} />
          {content.caption !== null && <Words text={content.caption} />}
        </div>
      );
    case 'location':
      return <LocationView content={content} />;
    case 'contacts':
      return (
        <ul className="flex flex-col gap-2">
          {content.cards.map((card, index) => (
            <li key={index}>
              <Labelled icon={<UserRound aria-hidden size={18} />} title={card.name} lines={[card.organisation, ...card.phones, ...card.emails, ...(card.addresses ?? []), ...(card.links ?? []), card.birthday ?? null]} />
            </li>
          ))}
        </ul>
      );
    case 'choice':
      return (
        <div>
          <Kind word={t(`choice.${content.source}`)} />
          <p dir="auto" className="font-medium">
            {content.title}
          </p>
          {content.description !== null && <p dir="auto">{content.description}</p>}
          {content.id !== '' && content.id !== content.title && <p className="text-xs break-all text-quiet">{t('content.choice_code', { id: content.id })}</p>}
        </div>
      );
    case 'form':
      return (
        <div>
          <Kind word={content.name ?? t('kind.form')} />
          {content.body !== null && <p dir="auto">{content.body}</p>}
          <FormAnswers response={content.response} />
        </div>
      );
    case 'order':
      return <OrderView content={content} />;
    case 'system':
      return <Note>{noticed(content)}</Note>;
    case 'template':
      return <TemplateWords template={content} />;
    case 'unsupported':
      return <Note>{t('content.unsupported', { what: content.what ?? String(content.code ?? '') })}</Note>;
    case 'unknown':
      return <Note>{content.what === 'revoked' ? t('content.revoked') : t('content.unknown', { what: content.what })}</Note>;
    default:
      return <Note>{t('content.unknown', { what: (content as { type: string }).type })}</Note>;
  }
}

export function Words({ text }: { text: string }) {
  return (
    <p dir="auto" className="break-words whitespace-pre-wrap [overflow-wrap:anywhere]">
      {rich(text)}
    </p>
  );
}

function Kind({ word }: { word: string }) {
  return <p className="text-xs text-quiet">{word}</p>;
}

function Note({ children }: { children: ReactNode }) {
  return (
    <p dir="auto" className="text-quiet italic">
      {children}
    </p>
  );
}

function Labelled({ icon, title, lines }: { icon: ReactNode; title: string; lines: (string | null)[] }) {
  return (
    <div className="flex items-start gap-3">
      <span className="grid size-10 shrink-0 place-items-center rounded-lg bg-hover text-quiet">{icon}</span>
      <div className="min-w-0">
        <p dir="auto" className="font-medium break-words">
          {title}
        </p>
        {lines.map((line, index) => line !== null && line !== '' && <p key={index} dir="auto" className="text-sm break-words text-quiet">{line}</p>)}
      </div>
    </div>
  );
}

function LocationView({ content }: { content: ContentOf<'location'> }) {
  const { t } = useTranslation();
  const place = `${content.latitude.toFixed(5)}, ${content.longitude.toFixed(5)}`;
  return (
    <div>
      <Labelled icon={<MapPin aria-hidden size={18} />} title={content.name ?? t('kind.location')} lines={[content.address, place]} />
      <a className="mt-1 inline-block text-sm underline underline-offset-2" target="_blank" rel="noopener noreferrer" href={`geo:${content.latitude},${content.longitude}`}>
        {t('content.open_map')}
      </a>
    </div>
  );
}

function FormAnswers({ response }: { response: string }) {
  let answers: [string, unknown][];
  try {
    answers = Object.entries(JSON.parse(response) as Record<string, unknown>);
  } catch {
    return <p className="text-sm break-words">{response}</p>;
  }
  return (
    <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 text-sm">
      {answers.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-quiet">{name}</dt>
          <dd dir="auto" className="break-words">
            {typeof value === 'string' ? value : JSON.stringify(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function OrderView({ content }: { content: ContentOf<'order'> }) {
  const { t } = useTranslation();
  return (
    <div>
      <Kind word={t('kind.order')} />
      <table className="text-sm">
        <tbody>
          {content.lines.map((line, index) => (
            <tr key={index}>
              <td className="pe-3 text-end text-quiet">{line.quantity} ×</td>
              <td className="pe-4">{line.product}</td>
              <td className="text-end">{line.price !== '' && money(line.price, line.currency)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {content.note !== null && <Words text={content.note} />}
    </div>
  );
}
