// Templates, where only they may be sent or somebody wants one: found by words, filled in, read as the customer will, and sent.
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { type KeyboardEvent, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { leaveField } from '../../../app/hands';
import type { Conversation, Message, Template } from '../../../api/types';
import { problemText } from '../../../ui/problem';
import { Do } from './Failed';
import { TemplateForm } from './TemplateForm';
import { matching, useTemplates } from './templates';
import { Answering } from './Writing';

interface Props {
  conversation: Conversation;
  answering: Message | null;
  forget: () => void;
  sent: () => void;
  title: string;
  hint: string;
  /** Back to writing; null where nothing else may be sent. */
  close: (() => void) | null;
}

const keyOf = ({ name, language }: Template) => `${name} ${language}`;

export function TemplatePicker({ conversation, answering, forget, sent, title, hint, close }: Props) {
  const { t } = useTranslation();
  const { list, failed, again } = useTemplates(conversation.number_id);
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const [chosen, setChosen] = useState(false);
  const found = useMemo(() => matching(list ?? [], words), [list, words]);
  const active = found[Math.min(at, found.length - 1)];
  /** There is nothing to search. */
  const stuck = list === null ? failed !== null : list.length === 0;
  const search = useRef<HTMLInputElement>(null);
  const out = useRef<HTMLButtonElement>(null);
  const values = useRef<HTMLFormElement>(null);
  const id = useId();
  const [asked] = useState(close !== null);
  // Before it is seen, or the first letters typed are nobody's. Where it stands by itself the focus stays.
  useLayoutEffect(() => {
    if (asked) (stuck ? out : search).current?.focus();
  }, [asked, stuck]);

  function move(to: number): void {
    const next = Math.max(0, Math.min(found.length - 1, to));
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') move(at + 1);
    else if (event.key === 'ArrowUp') move(at - 1);
    else if (event.key === 'Enter') take(at);
    else return;
    event.preventDefault();
  }

  /** What is typed next is its first value. */
  function take(index: number): void {
    if (found.length === 0) return;
    // The values can take the keys only once they are shown.
    flushSync(() => {
      setAt(index);
      setChosen(true);
    });
    values.current?.querySelector<HTMLElement>('textarea, button[type=submit]')?.focus();
  }

  /** One step back: from the values to the search, from the search to writing. */
  function onEscape(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    const field = search.current;
    if (field !== null && event.target !== field) {
      flushSync(() => setChosen(false));
      field.focus();
    } else if (field !== null && words !== '') setWords('');
    else if (close !== null) close();
    else if (field !== null) leaveField(field);
  }

  return (
    <section data-writing aria-label={t('template.title')} onKeyDown={onEscape} className="@container flex max-h-[75dvh] shrink-0 flex-col border-t border-line bg-panel px-4 py-3">
      {answering !== null && <Answering message={answering} forget={forget} />}
      <header className={clsx('flex items-start gap-3 pb-2', close !== null && 'pointer-coarse:items-center')}>
        <div className="min-w-0 flex-1" role={close === null ? 'note' : undefined}>
          <h3 className="font-medium">{title}</h3>
          <p className={clsx('text-sm text-quiet', close !== null && 'pointer-coarse:hidden')}>{hint}</p>
        </div>
        {close !== null && (
          <button ref={out} type="button" className="icon-button" aria-label={t('template.cancel')} title={`${t('template.cancel')} (Esc)`} onClick={close}>
            <X aria-hidden size={18} />
          </button>
        )}
      </header>
      {failed !== null && list === null ? (
        <p role="alert" className="flex flex-wrap gap-3 py-4">
          {t('template.failed')} {problemText(failed)} <Do word={t('template.again')} act={again} />
        </p>
      ) : list?.length === 0 ? (
        <p className="py-4 text-quiet">{t('template.none')}</p>
      ) : (
        <div className="grid min-h-0 flex-1 grid-cols-1 gap-4 @lg:h-60 @lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
          <div className={clsx('flex min-h-0 flex-col gap-2', chosen && '@max-lg:hidden')}>
            <input
              ref={search}
              className="field shrink-0"
              role="combobox"
              aria-expanded="true"
              aria-controls={`${id}-list`}
              aria-activedescendant={active === undefined ? undefined : `${id}-${found.indexOf(active)}`}
              aria-autocomplete="list"
              aria-label={t('template.search')}
              placeholder={t('template.search')}
              value={words}
              onChange={(event) => {
                setWords(event.target.value);
                setAt(0);
              }}
              onKeyDown={onKeyDown}
            />
            <ul id={`${id}-list`} role="listbox" aria-label={t('template.list')} className="min-h-0 flex-1 overflow-y-auto @max-lg:max-h-56">
              {found.map((template, index) => (
                <li
                  key={keyOf(template)}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={template === active}
                  className={clsx('rounded px-2 py-1.5', template === active ? 'bg-chosen' : 'hover:bg-hover')}
                  onClick={() => take(index)}
                >
                  <span className="flex items-baseline gap-2">
                    <span className="min-w-0 flex-1 truncate font-medium">{template.name}</span>
                    <span className="text-xs text-quiet">{template.language}</span>
                  </span>
                  {template.body !== null && (
                    <span dir="auto" className="block truncate text-sm text-quiet">
                      {template.body}
                    </span>
                  )}
                </li>
              ))}
            </ul>
            {found.length === 0 && <p className="pb-2 text-quiet">{t(list === null ? 'opening' : 'template.not_found')}</p>}
          </div>
          {/* With room for the ring of what has the focus. */}
          <div className={clsx('-m-1 min-h-0 overflow-y-auto p-1', !chosen && '@max-lg:hidden')}>
            {active !== undefined && (
              <TemplateForm
                key={keyOf(active)}
                form={values}
                conversation={conversation}
                template={active}
                answering={answering}
                back={() => setChosen(false)}
                sent={() => {
                  sent();
                  flushSync(() => {
                    setChosen(false);
                    setWords('');
                  });
                  if (close === null) search.current?.focus();
                  else close();
                }}
              />
            )}
          </div>
        </div>
      )}
    </section>
  );
}
