// What must be seen of conversations wherever one is: what is about to be taken back, what stayed open, what was not sent.
import { useNavigate, useParams } from '@tanstack/react-router';
import { NotClosed } from './NotClosed';
import { NotSent } from './NotSent';
import { ReplyWarnings } from './ReplyWarnings';

export function Bars() {
  const navigate = useNavigate();
  const { conversationId } = useParams({ strict: false });
  return (
    <>
      <ReplyWarnings shown={conversationId} open={(id) => void navigate({ to: '/inbox/{-$conversationId}', params: { conversationId: id } })} />
      <NotClosed />
      <NotSent />
    </>
  );
}
