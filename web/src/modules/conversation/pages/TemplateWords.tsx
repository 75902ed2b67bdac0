// A template as the customer reads it: as it was when it was sent; where that is not known, by the template of today.
import { ExternalLink, Phone, Reply, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ContentOf, TemplateSaid } from '../../../api/types';
import { Words } from './ContentView';
import { useTalk } from './talk';
import { filled, useTemplates } from './templates';

const ICONS: Record<string, LucideIcon> = { QUICK_REPLY: Reply, URL: ExternalLink, PHONE_NUMBER: Phone };

export function TemplateWords({ template }: { template: ContentOf<'template'> }) {
  const { t } = useTranslation();
  return (
    <div>
      <p className="text-xs break-words text-quiet">
        {t('kind.template')} · {template.name}
      </p>
      {template.words === undefined ? <OfToday template={template} /> : <AsSaid words={template.words} />}
    </div>
  );
}

function AsSaid({ words: { header, body, footer, buttons } }: { words: TemplateSaid }) {
  const { t } = useTranslation();
  return (
    <>
      {header !== null && (
        <p dir="auto" className="font-semibold break-words">
          {header}
        </p>
      )}
      <Words text={body} />
      {footer !== null && (
        <p dir="auto" className="mt-1 text-sm break-words text-quiet">
          {footer}
        </p>
      )}
      {buttons.length > 0 && (
        <ul aria-label={t('content.template_buttons')} className="mt-2 flex flex-col gap-1 border-t border-line pt-2 text-sm">
          {buttons.map((button, index) => (
            <Button key={index} {...button} />
          ))}
        </ul>
      )}
    </>
  );
}

/** It is the customer's to press: here it only says what it says, and where it leads. */
function Button({ type, text, target }: TemplateSaid['buttons'][number]) {
  const Icon = ICONS[type];
  return (
    <li className="flex items-baseline gap-2" title={target ?? undefined}>
      {Icon !== undefined && <Icon aria-hidden size={14} className="shrink-0 translate-y-0.5 text-quiet" />}
      <span className="min-w-0">
        <span dir="auto" className="font-medium break-words">
          {text}
        </span>
        {target !== null && <span className="block text-xs break-all text-quiet">{target}</span>}
      </span>
    </li>
  );
}

function OfToday({ template: { name, language, parameters } }: { template: ContentOf<'template'> }) {
  const { number } = useTalk();
  const body = useTemplates(number).list?.find((one) => one.name === name && one.language === language)?.body ?? null;
  if (body !== null) return <Words text={filled(body, parameters)} />;
  return parameters.length > 0 && <p dir="auto">{parameters.join(' · ')}</p>;
}
