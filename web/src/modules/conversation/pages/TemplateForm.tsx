// The values of a template: filled in, read as the customer will read them, and sent only where WhatsApp takes them.
import { ArrowLeft, SendHorizontal } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Message, Template } from '../../../api/types';
import { useDesk } from '../../../live/store';
import { Words } from './ContentView';
import { filled, holesOf, unfitValue } from './templates';

interface Props {
  form: React.RefObject<HTMLFormElement | null>;
  conversation: Conversation;
  template: Template;
  answering: Message | null;
  back: () => void;
  sent: () => void;
}

export function TemplateForm({ form, conversation, template, answering, back, sent }: Props) {
  const { t } = useTranslation();
  const { command } = useDesk();
  const holes = holesOf(template);
  const [values, setValues] = useState<string[]>(() => holes.map(() => ''));
  const [tried, setTried] = useState(false);
  const id = useId();
  const parameters = values.map((value) => value.trim());
  const faults = parameters.map(unfitValue);
  const wrong = faults.findIndex((fault) => fault !== null);
  /** An empty value is a fault only once somebody wanted to send it. */
  const faultAt = (index: number) => (faults[index] === 'empty' && !tried ? null : (faults[index] ?? null));

  function send(): void {
    if (wrong >= 0) {
      setTried(true);
      form.current?.querySelectorAll('textarea')[wrong]?.focus();
      return;
    }
    const { name, language } = template;
    // A refusal is shown at the message itself.
    command('send', { conversation_id: conversation.id, type: 'template', template: { name, language, parameters }, ...(answering === null ? {} : { reply_to: answering.id }) }).catch(() => undefined);
    sent();
  }

  /** Enter goes on to the next value, and from the last one to the button: only the button sends. */
  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    event.preventDefault();
    const fields = [...(form.current?.querySelectorAll<HTMLElement>('textarea, button[type=submit]') ?? [])];
    fields[fields.indexOf(event.currentTarget) + 1]?.focus();
  }

  return (
    <form
      ref={form}
      noValidate
      className="flex min-h-full flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="flex items-center gap-2 @lg:hidden">
        <button type="button" className="icon-button" aria-label={t('template.choose')} onClick={back}>
          <ArrowLeft aria-hidden size={18} />
        </button>
        <span className="truncate font-medium">{template.name}</span>
      </div>
      {holes.length > 0 && (
        <div className="grid gap-2 @2xl:grid-cols-2">
          {holes.map((hole, index) => {
            const fault = faultAt(index);
            const name = t('template.value', { name: hole });
            return (
              <div key={hole} className="flex flex-col gap-1 text-sm">
                <label htmlFor={`${id}-${index}`}>{name}</label>
                {/* What takes a line break, or one that is pasted would be lost and two words be one. */}
                <textarea
                  id={`${id}-${index}`}
                  dir="auto"
                  rows={1}
                  className="field max-h-24 resize-none py-1 [field-sizing:content]"
                  required
                  maxLength={1_024}
                  aria-invalid={fault !== null}
                  aria-describedby={fault === null ? undefined : `${id}-${index}-fault`}
                  value={values[index]}
                  onKeyDown={onKeyDown}
                  onChange={(event) => setValues(values.map((value, i) => (i === index ? event.target.value : value)))}
                />
                {fault !== null && (
                  <p id={`${id}-${index}-fault`} role="alert" className="text-bad">
                    {t(`template.unfit.${fault}`, { name })}
                  </p>
                )}
              </div>
            );
          })}
        </div>
      )}
      <figure aria-label={t('template.preview')} className="rounded-xl bg-said px-3 py-2">
        {template.body === null ? <p className="text-quiet">{t('template.no_body')}</p> : <Words text={filled(template.body, values)} />}
      </figure>
      <button type="submit" className="button ink mt-auto self-end" aria-disabled={wrong >= 0} title={wrong >= 0 ? t(`template.unfit.${faults[wrong] ?? 'empty'}`, { name: t('template.value', { name: holes[wrong] }) }) : undefined}>
        <SendHorizontal aria-hidden size={16} />
        {t('composer.send')}
      </button>
    </form>
  );
}
