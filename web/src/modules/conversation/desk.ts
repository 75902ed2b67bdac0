// The inbox's place in the rail, its keys, and what is said of conversations on every page.
import { linkOptions } from '@tanstack/react-router';
import { Inbox } from 'lucide-react';
import type { DeskPart } from '../../app/module';
import { Bars } from './bars/Bars';
import { find, seek } from './find';
import { texts } from './texts';

export const conversation: DeskPart = {
  sections: [
    {
      link: linkOptions({ to: '/inbox/{-$conversationId}', params: { conversationId: undefined } }),
      path: '/inbox',
      key: 'I',
      icon: Inbox,
      label: { en: 'Inbox', es: 'Bandeja', 'pt-BR': 'Caixa' },
    },
  ],
  Bars,
  find,
  seek,
  texts,
  help: [
    {
      title: 'inbox_help.list',
      keys: [['J', 'keys.next'], ['K', 'keys.previous'], ['Alt ↓', 'keys.next_typing'], ['Alt ↑', 'keys.previous_typing'], ['1 2 3', 'keys.tabs'], ['/', 'keys.search']],
    },
    {
      title: 'inbox_help.conversation',
      keys: [['P', 'keys.pick'], ['Alt P', 'keys.pick_writing'], ['R', 'keys.reply'], ['Alt R', 'keys.reply_writing'], ['T', 'keys.templates'], ['Alt E', 'keys.close'], ['Alt Z', 'keys.undo'], ['Esc', 'keys.leave']],
    },
    { title: 'inbox_help.messages', keys: [['↑ ↓', 'keys.walk'], ['R', 'keys.answer_this'], ['Enter', 'keys.message_menu']] },
    { title: 'inbox_help.writing', keys: [['Enter', 'keys.send'], ['Shift Enter', 'keys.line'], ['Alt T', 'keys.templates'], ['Esc', 'keys.drop_quote'], ['Esc', 'keys.leave_field']] },
  ],
};
