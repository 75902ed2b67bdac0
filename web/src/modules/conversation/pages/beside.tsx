// What came beside the words of a message: the advertisement that led here, what was passed on, the product asked about, and what an
// edited message said before.
import { ChevronDown, ExternalLink, Forward, Megaphone, Package } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message, Referral } from '../../../api/types';
import { moment, time } from '../../../i18n/format';
import { saidIn } from './said';

export function AdCard({ referral }: { referral: Referral }) {
  const { t } = useTranslation();
  const title = referral.headline ?? referral.body ?? referral.source_id ?? '';
  return (
    <figure aria-label={t('beside.ad')} className="mb-1 max-w-sm rounded-lg border border-line bg-hover px-3 py-2 text-start text-sm">
      <figcaption className="flex items-center gap-1.5 text-xs text-quiet">
        <Megaphone aria-hidden size={14} />
        {t(referral.source_type === 'post' ? 'beside.from_post' : 'beside.from_ad')}
      </figcaption>
      {title !== '' && (
        <p dir="auto" className="font-medium break-words text-ink">
          {title}
        </p>
      )}
      {referral.body !== null && referral.body !== title && (
        <p dir="auto" className="break-words text-quiet">
          {referral.body}
        </p>
      )}
      {isAddress(referral.source_url) && (
        <a href={referral.source_url} target="_blank" rel="noopener noreferrer" className="mt-1 inline-flex items-center gap-1 underline underline-offset-2">
          <ExternalLink aria-hidden size={14} />
          {t('beside.open_ad')}
        </a>
      )}
    </figure>
  );
}

function isAddress(url: string | null): url is string {
  return url !== null && /^https?:\/\//i.test(url);
}

export function Forwarded({ how }: { how: NonNullable<Message['forwarded']> }) {
  const { t } = useTranslation();
  return (
    <p className="flex items-center gap-1 text-xs text-quiet italic">
      <Forward aria-hidden size={14} />
      {t(how === 'often' ? 'beside.forwarded_often' : 'beside.forwarded')}
    </p>
  );
}

export function ProductAsked({ product }: { product: NonNullable<Message['product']> }) {
  const { t } = useTranslation();
  return (
    <p className="mb-1 flex items-center gap-2 rounded-lg border border-line bg-hover px-3 py-2 text-sm">
      <Package aria-hidden size={16} className="shrink-0 text-quiet" />
      <span className="min-w-0 break-words">
        <span className="text-quiet">{t('beside.product')}</span> <span className="select-all">{product.product_id}</span>
      </span>
    </p>
  );
}

/** The mark of an edited message; what it said before, if we have it, is shown on demand. */
export function Edited({ message }: { message: Message }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  if (message.versions.length === 0) return <span>{t('message.edited')}</span>;
  return (
    <>
      <button type="button" aria-expanded={shown} title={t('beside.before')} className="inline-flex items-center underline decoration-dotted underline-offset-2" onClick={() => setShown(!shown)}>
        {t('message.edited')}
        <ChevronDown aria-hidden size={12} />
      </button>
      {shown && (
        <ol aria-label={t('beside.before')} className="order-first w-full basis-full space-y-1 pt-1.5 text-start">
          {message.versions.map((version, index) => (
            <li key={index} className="border-s-2 border-line ps-2">
              <span dir="auto" className="text-sm break-words">
                {saidIn(version.content)}
              </span>{' '}
              <time dateTime={version.said_at} title={moment(version.said_at)} className="whitespace-nowrap">
                · {time(version.said_at)}
              </time>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}
