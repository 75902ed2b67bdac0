// Every key, by what it does: those of the shell, and those of each module.
import { useTranslation } from 'react-i18next';
import { parts } from '../modules/desk';
import { Dialog } from '../ui/Dialog';
import { paletteKeys } from './keys';
import { useSections } from './sections';

export function Help({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const sections = useSections();
  return (
    <Dialog title={t('help.title')} close={close}>
      <div className="grid gap-x-8 gap-y-6 sm:grid-cols-2">
        <Keys title={t('help.everywhere')} keys={[['?', t('help.this')], [paletteKeys(), t('palette.title')], ...sections.map(({ key, name }) => [key, name] as const)]} />
        {parts.flatMap(({ help = [] }) => help.map(({ title, keys }) => <Keys key={title} title={t(title)} keys={keys.map(([key, does]) => [key, t(does)])} />))}
      </div>
    </Dialog>
  );
}

function Keys({ title, keys }: { title: string; keys: (readonly [key: string, does: string])[] }) {
  return (
    <section>
      <h3 className="mb-2 font-semibold">{title}</h3>
      <dl className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1">
        {keys.map(([key, does]) => (
          <div key={`${key} ${does}`} className="contents">
            <dt className="text-quiet">{does}</dt>
            <dd className="flex justify-end gap-1">
              {key.split(' ').map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
