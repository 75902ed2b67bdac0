// A template as the customer reads it: its words with the values in their places, once they are known here.
import { useTranslation } from 'react-i18next';
import type { ContentOf } from '../../api/types';
import { Words } from './ContentView';
import { useTalk } from './talk';
import { filled, useTemplates } from './templates';

export function TemplateWords({ template }: { template: ContentOf<'template'> }) {
  const { t } = useTranslation();
  const { number } = useTalk();
  const { name, language, parameters } = template;
  const body = useTemplates(number).list?.find((one) => one.name === name && one.language === language)?.body ?? null;
  return (
    <div>
      <p className="text-xs text-quiet">
        {t('kind.template')} · {name}
      </p>
      {body === null ? parameters.length > 0 && <p dir="auto">{parameters.join(' · ')}</p> : <Words text={filled(body, parameters)} />}
    </div>
  );
}
