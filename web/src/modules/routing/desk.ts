// The board's place in the rail.
import { linkOptions } from '@tanstack/react-router';
import { Gauge } from 'lucide-react';
import type { DeskPart } from '../../app/module';

export const routing: DeskPart = {
  sections: [{ link: linkOptions({ to: '/board' }), path: '/board', key: 'B', icon: Gauge, label: { en: 'Board', es: 'Panel', 'pt-BR': 'Painel' }, permission: 'board.read' }],
};
