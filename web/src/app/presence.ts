// Choosing one's presence, and hearing why it could not be.
import type { ChosenPresence } from '../api/types';
import { useDesk } from '../live/store';
import { toastError } from '../ui/toasts';

export function useChoosePresence(): (presence: ChosenPresence, reason?: string) => void {
  const { command } = useDesk();
  return (presence, reason) => {
    command('presence', { presence, ...(reason === undefined ? {} : { reason }) }).catch(toastError);
  };
}
