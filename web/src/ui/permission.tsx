// What somebody may do, as the server said when they signed in (`permissions` of GET /me). The server holds it all the same.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Permission } from '../api/types';
import { useDesk } from '../live/store';
import { Empty } from './Empty';

export function useMay(permission: Permission): boolean {
  return useDesk().me.permissions.includes(permission);
}

/** Shows what is in it to whoever has the permission; to others why they see nothing, or `instead`. */
export function PermissionGate({ needs, instead, children }: { needs: Permission; instead?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  if (useMay(needs)) return children;
  return instead === undefined ? <Empty title={t('problem.forbidden')} hint={t('permission.hint')} /> : instead;
}
