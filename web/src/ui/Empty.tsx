// Where nothing is: what will appear here, and the one thing to do first.
import type { ReactNode } from 'react';

export function Empty({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) {
  return (
    <div className="p-6 text-center text-quiet">
      <p className="text-ink">{title}</p>
      {hint !== undefined && <p className="mt-1 text-sm">{hint}</p>}
      {children !== undefined && <div className="mt-4 flex justify-center gap-2">{children}</div>}
    </div>
  );
}
