// Who this is, and how the conversation came here. Beside the conversation where there is room, over it where there is not.
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { HistoryLine, Id, OwnerReason } from '../../../api/types';
import { dayAndMonth, moment, phone, time } from '../../../i18n/format';
import { useNow } from '../../../i18n/now';
import { useDesk, useLive } from '../../../live/store';
import { nameOf, ownerName } from '../names';

const NONE: HistoryLine[] = [];

export function ContextPanel({ id, shown, close }: { id: Id; shown: boolean; close: () => void }) {
  const { t } = useTranslation();
  const now = useNow();
  const conversation = useLive(({ model }) => model.conversations.get(id));
  const contact = useLive(({ model }) => (conversation === undefined ? undefined : model.chats.contacts.get(conversation.contact.id)));
  const number = useLive(({ model }) => (conversation === undefined ? undefined : model.numbers.get(conversation.number_id)));
  const queue = useLive(({ model }) => (conversation === undefined ? undefined : model.queues.get(conversation.queue_id)));
  const history = useLive(({ model }) => model.chats.get(id)?.history ?? NONE);
  if (conversation === undefined) return null;
  const date = (instant: string) => (
    <time dateTime={instant} title={moment(instant)}>
      {`${dayAndMonth(instant, now)}, ${time(instant)}`}
    </time>
  );
  return (
    <aside aria-label={t('context.title')} className={clsx('w-72 shrink-0 overflow-y-auto border-s border-line bg-panel', shown ? 'max-xl:absolute max-xl:inset-y-0 max-xl:end-0 max-xl:z-20 max-xl:shadow-xl xl:hidden' : 'max-xl:hidden')}>
      <header className="flex items-center justify-between px-4 pt-4">
        <h2 dir="auto" className="min-w-0 text-lg font-semibold break-words">
          {nameOf(conversation)}
        </h2>
        <button type="button" className="icon-button xl:hidden" aria-label={t('context.close')} onClick={close}>
          <X aria-hidden size={18} />
        </button>
      </header>
      <Section title={t('context.contact')}>
        {conversation.contact.username !== null && (
          <Fact name={t('identifier.username')}>
            <span className="break-all select-all">{`@${conversation.contact.username}`}</span>
          </Fact>
        )}
        {(contact?.identifiers ?? []).map(({ kind, value }) => (
          <Fact key={`${kind}${value}`} name={t(`identifier.${kind}`)}>
            <span className="break-all select-all">{kind === 'wa_id' ? phone(value) : value}</span>
          </Fact>
        ))}
        {contact && <Fact name={t('context.known_since')}>{date(contact.created_at)}</Fact>}
      </Section>
      <Section title={t('context.conversation')}>
        <Fact name={t('context.state')}>{t(`state.${conversation.state}`)}</Fact>
        <Fact name={t('context.queue')}>{queue?.name ?? ''}</Fact>
        <Fact name={t('context.number')}>{number === undefined ? '' : `${number.name} · ${number.display_phone_number}`}</Fact>
        <Fact name={t('context.opened')}>{date(conversation.opened_at)}</Fact>
        {conversation.referral !== null && (
          <Fact name={t('context.came_from')}>
            <span dir="auto" className="break-words">{conversation.referral.headline ?? t(conversation.referral.source_type === 'post' ? 'beside.from_post' : 'beside.from_ad')}</span>
            {conversation.referral.source_id !== null && <span className="block break-all text-quiet select-all">{conversation.referral.source_id}</span>}
          </Fact>
        )}
        {conversation.window_until !== null && <Fact name={t('context.window')}>{date(conversation.window_until)}</Fact>}
      </Section>
      <Section title={t('context.history')} body="ol">
        {history.filter(({ kind }) => kind === 'owner_changed').map((line) => <Step key={line.id} line={line} />)}
      </Section>
    </aside>
  );
}

function Step({ line }: { line: HistoryLine }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const to = useLive(({ model }) => ownerName(model, line.to, me.user.id));
  return (
    <li className="flex gap-3">
      <time dateTime={line.at} title={moment(line.at)} className="text-quiet">
        {time(line.at)}
      </time>
      <span className="min-w-0 flex-1">
        {to}
        <span className="text-quiet"> · {t(`reason.${(line.reason ?? 'assigned') as OwnerReason}`, { defaultValue: line.reason ?? '' })}</span>
      </span>
    </li>
  );
}

function Section({ title, body: Body = 'dl', children }: { title: string; body?: 'dl' | 'ol'; children: ReactNode }) {
  return (
    <section className="mx-4 mt-4 border-t border-line pt-3 pb-1">
      <h3 className="mb-2 text-xs font-semibold text-quiet">{title}</h3>
      <Body className="flex flex-col gap-2">{children}</Body>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-quiet">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
