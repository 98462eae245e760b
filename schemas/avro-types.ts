import Type, { type TSchema } from "typebox";

/** Avro `int`. */
export const int = Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 });

/**
 * Avro `long`, as far as the Avro library is exact: beyond 2^52 its zigzag decoding rounds and even
 * loses the sign.
 */
export const long = Type.Integer({ minimum: -(2 ** 52), maximum: 2 ** 52 });

/** Avro `long` holding Unix epoch milliseconds. */
export const timestampMs = long;

/** Avro `["null", T]`. */
export function nullable<T extends TSchema>(type: T) {
	return Type.Union([Type.Null(), type]);
}

/** Avro enum: its symbols, in their order. */
export function symbols<T extends string>(values: readonly T[]) {
	return Type.Unsafe<T>(Type.Enum([...values]));
}

/**
 * Avro map. Not `Type.Record`: that leaves keys with a line break unchecked. `__proto__` is refused,
 * because it does not survive assignment to an object.
 */
export function map<T extends TSchema>(values: T) {
	return Type.Unsafe<Record<string, Type.Static<T>>>(
		Type.Object(
			{},
			{
				additionalProperties: values,
				propertyNames: { not: { const: "__proto__" } },
			},
		),
	);
}

/** A record with these fields and no others. */
export function record<T extends Record<string, TSchema>>(fields: T) {
	return Type.Object(fields, { additionalProperties: false });
}
