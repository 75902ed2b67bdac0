// The tab's title and icon say how many messages wait for this person, also while they look elsewhere.
import { useEffect } from 'react';
import { useDesk, useLive } from '../live/store';
import { isMine } from '../live/lists';
import { useSection } from './sections';

export function Title() {
  const { me } = useDesk();
  const name = useSection()?.name;
  const unread = useLive(({ model }) => model.conversations.values().reduce((sum, c) => (isMine(c, me.user.id) ? sum + c.unread : sum), 0));
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${name === undefined ? '' : `${name} · `}DashOffice`;
  }, [unread, name]);
  return null;
}
