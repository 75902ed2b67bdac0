// A message of ours that the server has not recorded yet, or would not.
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';
import type { Pending } from '../../../live/commands';
import { useDesk } from '../../../live/store';
import { problemText } from '../../../ui/problem';
import { Words } from './ContentView';
import { Do } from './Failed';
import { Quoted } from './Quoted';
import { contentOf, saidIn, wordsOf } from './said';
import { StatusMark } from './StatusMark';
import { TemplateWords } from './TemplateWords';
import { useTalk } from './talk';

export function PendingBubble({ command }: { command: Pending<'send'> }) {
  const { t } = useTranslation();
  const { client } = useDesk();
  const { edit } = useTalk();
  const refused = command.state === 'refused';
  const content = contentOf(command.body);
  const words = wordsOf(content);
  return (
    <div className="flex flex-row-reverse px-4 pt-3">
      <article aria-label={t('message.by', { name: t('message.us'), at: t('status.waiting') })} className={clsx('max-w-[min(560px,82%)] rounded-xl px-3 py-2', refused ? 'border border-bad bg-raised' : 'bg-said')}>
        {command.body.reply_to !== undefined && <Quoted id={command.body.reply_to} jumps />}
        <div className="flex flex-wrap items-end gap-x-3">
          <div className="max-w-full min-w-0">{content.type === 'template' ? <TemplateWords template={content} /> : <Words text={saidIn(content)} />}</div>
          <footer className="ms-auto flex text-xs text-quiet">
            <StatusMark status={refused ? 'failed' : command.state === 'accepted' ? 'queued' : 'waiting'} />
          </footer>
        </div>
        {refused && (
          <div className="mt-1 border-t border-line pt-1 text-sm">
            <p className="text-bad">{problemText(command.problem?.code ?? 'internal')}</p>
            <p className="mt-1 flex gap-4">
              {words !== null && (
                <Do
                  word={t('message.edit_again')}
                  act={() => {
                    edit(words);
                    client.commands.discard(command.id);
                  }}
                />
              )}
              <Do word={t('message.discard')} act={() => client.commands.discard(command.id)} />
            </p>
          </div>
        )}
      </article>
    </div>
  );
}
