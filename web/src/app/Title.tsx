// The tab's title and icon say how many messages wait for this person, also while they look elsewhere.
import { useMatchRoute } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesk, useLive } from '../live/store';
import { isMine } from '../live/lists';

export function Title() {
  const { t } = useTranslation();
  const { me } = useDesk();
  const onBoard = useMatchRoute()({ to: '/board' }) !== false;
  const unread = useLive(({ model }) => model.conversations.values().reduce((sum, c) => (isMine(c, me.user.id) ? sum + c.unread : sum), 0));
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${t(onBoard ? 'nav.board' : 'nav.inbox')} · DashOffice`;
  }, [unread, onBoard, t]);
  return null;
}
