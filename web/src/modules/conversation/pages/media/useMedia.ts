// The signed address of a message's file: kept as long as it works, and asked for anew once it does not (it ends after ten minutes).
import { useRef, useState } from 'react';
import type { Message } from '../../../../api/types';
import { useReads } from '../../api/reads';

/** A fresh address that does not work either says that the file cannot be shown. */
const TRIES = 2;

export interface Media {
  /** Null: there is none that works. */
  url: string | null;
  /** Rises with each fresh address, also where the server signs the same one again. */
  version: number;
  /** To be called when the address did not work. */
  failed: () => void;
  loaded: () => void;
  /** A fresh address; null where there is none to be had. */
  renew: () => Promise<string | null>;
  retry: () => void;
}

export function useMedia(message: Message): Media {
  const { readMessage } = useReads();
  const given = addressIn(message);
  const [held, setHeld] = useState({ url: given, version: 0 });
  const [broken, setBroken] = useState(false);
  const tries = useRef(0);
  if (held.url === null && given !== null) setHeld({ ...held, url: given });

  async function renew(): Promise<string | null> {
    const fresh = await readMessage(message.id).then(addressIn, () => null);
    setHeld(({ version }) => ({ url: fresh, version: version + 1 }));
    setBroken(fresh === null);
    return fresh;
  }

  return {
    url: broken ? null : held.url,
    version: held.version,
    failed() {
      tries.current += 1;
      if (tries.current > TRIES) setBroken(true);
      else void renew();
    },
    loaded: () => (tries.current = 0),
    renew,
    retry() {
      tries.current = 0;
      void renew();
    },
  };
}

function addressIn({ media }: Message): string | null {
  return media?.state === 'ready' ? media.url : null;
}
