// The fields of a form, from the schema of what the API takes, and what is wrong with a value before anybody is asked.

/** As much of JSON Schema as openapi.json has. */
export interface Schema {
  type?: string | readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  enum?: readonly unknown[];
  oneOf?: readonly Schema[];
  $ref?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

export type Schemas = Readonly<Record<string, unknown>>;

/** `choice`: one word of `words`, or one thing whose name the page knows; `choices`: several of them; `object`: the page brings an editor. */
export type Kind = 'text' | 'number' | 'flag' | 'choice' | 'choices' | 'object';

const KINDS: Readonly<Record<string, Kind>> = { boolean: 'flag', integer: 'number', number: 'number', object: 'object' };

export interface FieldSpec {
  name: string;
  kind: Kind;
  required: boolean;
  /** May be left empty, and is `null` then. */
  nullable: boolean;
  words: readonly string[];
  format: string | undefined;
  least: number | undefined;
  most: number | undefined;
}

export type Values = Readonly<Record<string, unknown>>;

/** Those of an object schema, in the order that is wanted. A field that the schema does not have is a fault of the page. */
export function fieldsOf(schemas: Schemas, schema: string, names: readonly string[]): FieldSpec[] {
  const { properties = {}, required = [] } = resolved(schemas, { $ref: `#/components/schemas/${schema}` });
  return names.map((name) => {
    const property = properties[name];
    if (property === undefined) throw new Error(`${schema} has no ${name}`);
    return fieldOf(schemas, name, property, required.includes(name));
  });
}

function fieldOf(schemas: Schemas, name: string, property: Schema, required: boolean): FieldSpec {
  const { own, nullable } = withoutNull(schemas, property);
  const words = (own.enum ?? own.items?.enum ?? []).map(String);
  const type = typesOf(own).find((type) => type !== 'null');
  const kind = type === 'array' ? 'choices' : words.length > 0 || own.format === 'uuid' ? 'choice' : (KINDS[type ?? ''] ?? 'text');
  return { name, kind, required: required && !nullable, nullable, words, format: own.format, least: own.minimum ?? own.minLength, most: own.maximum ?? own.maxLength };
}

/** Our API says "or null" in two ways: as a second type, and as one of several. */
function withoutNull(schemas: Schemas, property: Schema): { own: Schema; nullable: boolean } {
  const others = property.oneOf?.filter((one) => one.type !== 'null') ?? [];
  const [only] = others;
  if (property.oneOf !== undefined && only !== undefined) return { own: resolved(schemas, only), nullable: others.length < property.oneOf.length };
  const own = resolved(schemas, property);
  return { own, nullable: typesOf(own).includes('null') };
}

function resolved(schemas: Schemas, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const found = schemas[schema.$ref.split('/').at(-1) ?? ''];
  if (found === undefined) throw new Error(`there is no ${schema.$ref}`);
  return resolved(schemas, found as Schema);
}

function typesOf({ type = [] }: Schema): readonly string[] {
  return typeof type === 'string' ? [type] : type;
}

/** By the codes of the server's own problems; null: it fits. */
export function faultOf(spec: FieldSpec, value: unknown): 'required' | 'too_long' | 'too_short' | 'out_of_range' | null {
  const { kind, required, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = spec;
  if (value === null || value === undefined || value === '') return required && kind !== 'flag' ? 'required' : null;
  if (kind === 'number') return typeof value === 'number' && value >= least && value <= most ? null : 'out_of_range';
  if (kind !== 'text' || typeof value !== 'string') return null;
  const length = Array.from(value).length;
  return length > most ? 'too_long' : length < least ? 'too_short' : null;
}

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** What differs from `before`: all that a change has to say. */
export function changed(specs: readonly FieldSpec[], before: Values, now: Values): Record<string, unknown> {
  return Object.fromEntries(specs.filter(({ name }) => !isSame(before[name], now[name])).map(({ name }) => [name, now[name] ?? null]));
}
