// The first page: who are you? Small and quick; nothing else of the console is loaded for it.
import { useNavigate } from '@tanstack/react-router';
import { type SubmitEvent, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { signIn } from '../../../api/http';
import { session } from '../../../api/session';
import { chooseLanguage, LANGUAGE_NAMES, LANGUAGES } from '../../../i18n';
import { errorText } from '../../../ui/problem';

export function SignIn() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const id = useId();
  const email = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  // Once, and only where nobody is at something else yet.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) email.current?.focus();
  }, []);
  useEffect(() => {
    document.title = `${t('sign_in.title')} · DashOffice`;
    if (session() !== null) void navigate({ to: '/inbox/{-$conversationId}', params: {} });
  }, [t, navigate]);

  async function submit(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      await signIn(form.get('email') as string, form.get('password') as string);
      await navigate({ to: '/inbox/{-$conversationId}', params: {} });
    } catch (error) {
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="grid min-h-full place-items-center p-4">
      <div className="w-full max-w-80">
        <div className="mb-8 flex items-center gap-3">
          <img src="/favicon.svg" alt="" width={32} height={32} />
          <h1 className="text-xl font-semibold">{t('sign_in.title')}</h1>
        </div>
        <form className="flex flex-col gap-4" onSubmit={(event) => void submit(event)} aria-describedby={problem === null ? undefined : `${id}-problem`}>
          <label className="flex flex-col gap-1">
            {t('sign_in.email')}
            <input ref={email} className="field" name="email" type="email" autoComplete="username" required />
          </label>
          <label className="flex flex-col gap-1">
            {t('sign_in.password')}
            <input className="field" name="password" type="password" autoComplete="current-password" required />
          </label>
          <div role="alert" id={`${id}-problem`} className="text-bad empty:hidden">
            {problem}
          </div>
          <button type="submit" className="button ink justify-center" disabled={busy}>
            {busy ? t('sign_in.busy') : t('sign_in.action')}
          </button>
        </form>
        <nav aria-label={t('settings.language')} className="mt-8 flex gap-1 border-t border-line pt-4 text-sm">
          {LANGUAGES.map((language) => (
            <button
              key={language}
              type="button"
              lang={language}
              aria-pressed={i18n.language === language}
              className="rounded px-2 py-1 text-quiet hover:text-ink aria-pressed:font-semibold aria-pressed:text-ink pointer-coarse:py-3"
              onClick={() => void chooseLanguage(language)}
            >
              {LANGUAGE_NAMES[language]}
            </button>
          ))}
        </nav>
      </div>
    </main>
  );
}
