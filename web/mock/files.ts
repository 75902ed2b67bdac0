// Small real files, made here: a picture, a sticker, a voice note, a document; so that the console has something to show and play.
import { crc32, deflateSync } from 'node:zlib';

export interface Kept {
  type: string;
  bytes: Buffer;
  name: string | null;
}

type Pixel = (x: number, y: number) => [number, number, number, number];

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'ascii'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function png(width: number, height: number, pixel: Pixel): Buffer {
  const rows = Buffer.alloc((width * 4 + 1) * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) rows.set(pixel(x, y), y * (width * 4 + 1) + 1 + x * 4);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits a channel, with transparency.
  head.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

/** A box of cardboard on a table, more or less; `tint` tells one from another. */
export function picture(tint = 0): Kept {
  const bytes = png(800, 600, (x, y) => {
    const inBox = x > 180 && x < 620 && y > 170 && y < 480;
    const onTape = inBox && Math.abs(x - 400) < 28;
    const shade = Math.round(24 * Math.sin(x / 37) * Math.cos(y / 29));
    if (onTape) return [226 + shade / 3, 205, 160, 255];
    if (inBox) return [176 + shade / 2, 128 + tint / 3, 84, 255];
    return y > 420 ? [96 + tint, 88, 84 + shade / 4, 255] : [206, 212 - tint / 4, 216 + shade / 4, 255];
  });
  return { type: 'image/png', bytes, name: null };
}

/** A round face on nothing. */
export function sticker(): Kept {
  const bytes = png(256, 256, (x, y) => {
    const from = (cx: number, cy: number) => Math.hypot(x - cx, y - cy);
    if (from(128, 128) > 120) return [0, 0, 0, 0];
    const smiles = from(128, 140) > 58 && from(128, 140) < 72 && y > 150;
    return from(90, 100) < 12 || from(166, 100) < 12 || smiles ? [60, 40, 10, 255] : [255, 205, 60, 255];
  });
  return { type: 'image/png', bytes, name: null };
}

/** Some seconds of a hum that comes and goes, as a voice does. */
export function voice(seconds = 7): Kept {
  const rate = 8_000;
  const samples = Buffer.alloc(seconds * rate);
  for (let i = 0; i < samples.length; i += 1) samples[i] = 128 + Math.round(60 * Math.sin(i / 6) * Math.abs(Math.sin(i / 2_600)));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'ascii');
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8, 'ascii');
  head.writeUInt32LE(16, 16);
  // PCM, one channel, eight bits.
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36, 'ascii');
  head.writeUInt32LE(samples.length, 40);
  return { type: 'audio/wav', bytes: Buffer.concat([head, samples]), name: null };
}

export function paper(name: string): Kept {
  const page = 'BT /F1 24 Tf 72 720 Td (Comprovante) Tj ET';
  const parts = [
    '<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>',
    `<< /Length ${page.length} >>\nstream\n${page}\nendstream`,
  ];
  let text = '%PDF-1.4\n';
  const starts = parts.map((part, index) => {
    const start = text.length;
    text += `${index + 1} 0 obj\n${part}\nendobj\n`;
    return start;
  });
  const table = text.length;
  text += `xref\n0 ${parts.length + 1}\n0000000000 65535 f \n${starts.map((start) => `${String(start).padStart(10, '0')} 00000 n \n`).join('')}`;
  text += `trailer\n<< /Size ${parts.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return { type: 'application/pdf', bytes: Buffer.from(text, 'latin1'), name };
}
