// Every key, by what it does.
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/Dialog';

const KEYS = {
  everywhere: [['?', 'help'], ['I', 'inbox'], ['B', 'board']],
  list: [['J', 'next'], ['K', 'previous'], ['Alt ↓', 'next_typing'], ['Alt ↑', 'previous_typing'], ['1 2 3', 'tabs'], ['/', 'search']],
  conversation: [['P', 'pick'], ['Alt P', 'pick_writing'], ['R', 'reply'], ['Alt R', 'reply_writing'], ['T', 'templates'], ['Alt E', 'close'], ['Alt Z', 'undo'], ['Esc', 'leave']],
  messages: [['↑ ↓', 'walk'], ['R', 'answer_this'], ['Enter', 'message_menu']],
  writing: [['Enter', 'send'], ['Shift Enter', 'line'], ['Alt T', 'templates'], ['Esc', 'drop_quote'], ['Esc', 'leave_field']],
} as const;

export function Help({ close }: { close: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('help.title')} close={close}>
      <div className="grid gap-x-8 gap-y-6 sm:grid-cols-2">
        {(Object.keys(KEYS) as (keyof typeof KEYS)[]).map((section) => (
          <section key={section}>
            <h3 className="mb-2 font-semibold">{t(`help.${section}`)}</h3>
            <dl className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1">
              {KEYS[section].map(([key, what]) => (
                <div key={`${key} ${what}`} className="contents">
                  <dt className="text-quiet">{t(`keys.${what}`)}</dt>
                  <dd className="flex justify-end gap-1">
                    {key.split(' ').map((part) => (
                      <kbd key={part}>{part}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
