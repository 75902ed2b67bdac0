// Choosing one's presence, and hearing why it could not be.
import type { ChosenPresence } from '../api/types';
import { Refused } from '../live/commands';
import { useDesk } from '../live/store';
import { problemText } from '../ui/problem';
import { toast } from '../ui/toasts';

export function useChoosePresence(): (presence: ChosenPresence, reason?: string) => void {
  const { command } = useDesk();
  return (presence, reason) => {
    command('presence', { presence, ...(reason === undefined ? {} : { reason }) }).catch((error: unknown) => {
      toast(problemText(error instanceof Refused ? error.problem.code : 'internal'), 'bad');
    });
  };
}
