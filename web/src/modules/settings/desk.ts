// The office's place in the rail.
import { linkOptions } from '@tanstack/react-router';
import { Building2 } from 'lucide-react';
import type { DeskPart } from '../../app/module';

export const settings: DeskPart = {
  sections: [{ link: linkOptions({ to: '/office/{-$noun}', params: {} }), path: '/office', key: 'O', icon: Building2, label: { en: 'Office', es: 'Oficina', 'pt-BR': 'Escritório' }, permission: 'settings.write' }],
};
