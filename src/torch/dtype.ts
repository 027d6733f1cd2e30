/** Element types: their names here, their numbers in ATen, their spelling in safetensors, their size in bytes. */

const TABLE = {
  float32: { code: 6, bytes: 4, safetensors: "F32", floating: true },
  bfloat16: { code: 15, bytes: 2, safetensors: "BF16", floating: true },
  float16: { code: 5, bytes: 2, safetensors: "F16", floating: true },
  float64: { code: 7, bytes: 8, safetensors: "F64", floating: true },
  int64: { code: 4, bytes: 8, safetensors: "I64", floating: false },
  int32: { code: 3, bytes: 4, safetensors: "I32", floating: false },
  int16: { code: 2, bytes: 2, safetensors: "I16", floating: false },
  int8: { code: 1, bytes: 1, safetensors: "I8", floating: false },
  uint8: { code: 0, bytes: 1, safetensors: "U8", floating: false },
  bool: { code: 11, bytes: 1, safetensors: "BOOL", floating: false },
} as const;

export type DType = keyof typeof TABLE;
export const DTYPES = Object.keys(TABLE) as DType[];

const BY_CODE = new Map<number, DType>(DTYPES.map((name) => [TABLE[name].code, name]));
const BY_SAFETENSORS = new Map<string, DType>(DTYPES.map((name) => [TABLE[name].safetensors, name]));

export function dtypeCode(dtype: DType): number {
  return TABLE[dtype].code;
}

/** Throws for an element type that has no name here (complex, quantised). */
export function dtypeOfCode(code: number): DType {
  const name = BY_CODE.get(code);
  if (name === undefined) throw new Error(`element type ${code} has no name in this toolkit`);
  return name;
}

export function dtypeBytes(dtype: DType): number {
  return TABLE[dtype].bytes;
}

export function isFloating(dtype: DType): boolean {
  return TABLE[dtype].floating;
}

export function safetensorsName(dtype: DType): string {
  return TABLE[dtype].safetensors;
}

export function dtypeOfSafetensors(name: string): DType | undefined {
  return BY_SAFETENSORS.get(name);
}
