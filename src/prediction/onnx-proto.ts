import protobuf from "protobufjs";

/** The part of onnx.proto (ONNX 1.20) that holds tree ensembles; what else a file has is passed over. */
const { root } = protobuf.parse(
	`syntax = "proto3";
	message ModelProto {
		int64 ir_version = 1; string producer_name = 2; GraphProto graph = 7;
		repeated OperatorSetId opset_import = 8; repeated Entry metadata_props = 14;
	}
	message OperatorSetId { string domain = 1; int64 version = 2; }
	message Entry { string key = 1; string value = 2; }
	message GraphProto {
		repeated NodeProto node = 1; string name = 2;
		repeated ValueInfo input = 11; repeated ValueInfo output = 12;
	}
	message NodeProto {
		repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
		repeated Attribute attribute = 5; string domain = 7;
	}
	message Attribute {
		string name = 1; float f = 2; int64 i = 3; bytes s = 4;
		repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; int32 type = 20;
	}
	message ValueInfo { string name = 1; ValueType type = 2; }
	message ValueType { Tensor tensor_type = 1; }
	message Tensor { int32 elem_type = 1; Shape shape = 2; }
	message Shape { repeated Dimension dim = 1; }
	message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }`,
	{ keepCase: true },
);
const modelType = root.lookupType("ModelProto");

export interface OnnxAttribute {
	name: string;
	f?: number;
	i?: number;
	s?: Uint8Array;
	floats?: number[];
	ints?: number[];
	strings?: Uint8Array[];
	/** FLOAT 1, INT 2, STRING 3, FLOATS 6, INTS 7, STRINGS 8. */
	type: number;
}

interface OnnxValue {
	name: string;
	type: {
		tensor_type: {
			elem_type: number;
			shape: { dim: { dim_value?: number; dim_param?: string }[] };
		};
	};
}

export interface OnnxFile {
	ir_version: number;
	producer_name: string;
	graph: {
		name: string;
		node: {
			input: string[];
			output: string[];
			name: string;
			op_type: string;
			domain: string;
			attribute: OnnxAttribute[];
		}[];
		input: OnnxValue[];
		output: OnnxValue[];
	} | null;
	opset_import: { domain: string; version: number }[];
	metadata_props: { key: string; value: string }[];
}

/** Throws when the bytes are no such message. */
export function decodeOnnx(bytes: Uint8Array): OnnxFile {
	return modelType.toObject(modelType.decode(bytes), {
		longs: Number,
		defaults: true,
	}) as OnnxFile;
}

export function encodeOnnx(file: OnnxFile): Uint8Array {
	return modelType.encode(modelType.fromObject(file)).finish();
}
