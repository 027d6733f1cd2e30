/** Functions of each element of `Tensor`, comparisons and masks. */
import { ArithmeticTensor, binary, pair } from "./arithmetic.ts";
import { defineOp, engine } from "./engine.ts";
import { type Handle, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

const [EQ, NE, LT, LE] = [pair("aten::eq"), pair("aten::ne"), pair("aten::lt"), pair("aten::le")];
const [GT, GE] = [pair("aten::gt"), pair("aten::ge")];
const [NEG, EXP, LOG, LOG1P, EXPM1] = [
  defineOp("aten::neg"),
  defineOp("aten::exp"),
  defineOp("aten::log"),
  defineOp("aten::log1p"),
  defineOp("aten::expm1"),
];
const [SQRT, RSQRT, ABS, SIN, COS] = [
  defineOp("aten::sqrt"),
  defineOp("aten::rsqrt"),
  defineOp("aten::abs"),
  defineOp("aten::sin"),
  defineOp("aten::cos"),
];
const [RECIPROCAL, SIGN, FLOOR, ROUND] = [
  defineOp("aten::reciprocal"),
  defineOp("aten::sign"),
  defineOp("aten::floor"),
  defineOp("aten::round"),
];
const [SIGMOID, TANH, RELU, SILU, GELU] = [
  defineOp("aten::sigmoid"),
  defineOp("aten::tanh"),
  defineOp("aten::relu"),
  defineOp("aten::silu"),
  defineOp("aten::gelu"),
];
const [LOG_SIGMOID, SOFTPLUS] = [defineOp("aten::log_sigmoid"), defineOp("aten::softplus")];
const [CLAMP, MINIMUM, MAXIMUM] = [
  defineOp("aten::clamp"),
  defineOp("aten::minimum"),
  defineOp("aten::maximum"),
];
const [AND, OR, NOT, XOR] = [
  defineOp("aten::logical_and"),
  defineOp("aten::logical_or"),
  defineOp("aten::logical_not"),
  defineOp("aten::logical_xor"),
];
const [ISNAN, ISFINITE, NAN_TO_NUM] = [
  defineOp("aten::isnan"),
  defineOp("aten::isfinite"),
  defineOp("aten::nan_to_num"),
];
const MASKED_FILL: [number, number] = [
  defineOp("aten::masked_fill", "Tensor"),
  defineOp("aten::masked_fill", "Scalar"),
];
const MASKED_FILL_ = defineOp("aten::masked_fill_", "Scalar");
const [TRIL, TRIU] = [defineOp("aten::tril"), defineOp("aten::triu")];

export class PointwiseTensor extends ArithmeticTensor {
  neg(): Tensor {
    return wrap(engine.call(NEG, this.id));
  }
  exp(): Tensor {
    return wrap(engine.call(EXP, this.id));
  }
  expm1(): Tensor {
    return wrap(engine.call(EXPM1, this.id));
  }
  log(): Tensor {
    return wrap(engine.call(LOG, this.id));
  }
  log1p(): Tensor {
    return wrap(engine.call(LOG1P, this.id));
  }
  sqrt(): Tensor {
    return wrap(engine.call(SQRT, this.id));
  }
  rsqrt(): Tensor {
    return wrap(engine.call(RSQRT, this.id));
  }
  reciprocal(): Tensor {
    return wrap(engine.call(RECIPROCAL, this.id));
  }
  abs(): Tensor {
    return wrap(engine.call(ABS, this.id));
  }
  sign(): Tensor {
    return wrap(engine.call(SIGN, this.id));
  }
  floor(): Tensor {
    return wrap(engine.call(FLOOR, this.id));
  }
  round(): Tensor {
    return wrap(engine.call(ROUND, this.id));
  }
  sin(): Tensor {
    return wrap(engine.call(SIN, this.id));
  }
  cos(): Tensor {
    return wrap(engine.call(COS, this.id));
  }
  sigmoid(): Tensor {
    return wrap(engine.call(SIGMOID, this.id));
  }
  logSigmoid(): Tensor {
    return wrap(engine.call(LOG_SIGMOID, this.id));
  }
  softplus(): Tensor {
    return wrap(engine.call(SOFTPLUS, this.id));
  }
  tanh(): Tensor {
    return wrap(engine.call(TANH, this.id));
  }
  relu(): Tensor {
    return wrap(engine.call(RELU, this.id));
  }
  silu(): Tensor {
    return wrap(engine.call(SILU, this.id));
  }
  gelu(approximate: "none" | "tanh" = "none"): Tensor {
    return wrap(engine.call(GELU, this.id, approximate));
  }
  clamp(min: number | null, max: number | null = null): Tensor {
    return wrap(engine.call(CLAMP, this.id, min, max));
  }
  minimum(other: Handle): Tensor {
    return wrap(engine.call(MINIMUM, this.id, other.id));
  }
  maximum(other: Handle): Tensor {
    return wrap(engine.call(MAXIMUM, this.id, other.id));
  }
  nanToNum(nan = 0): Tensor {
    return wrap(engine.call(NAN_TO_NUM, this.id, nan));
  }

  eq(other: Handle | number): Tensor {
    return wrap(binary(EQ, this, other));
  }
  ne(other: Handle | number): Tensor {
    return wrap(binary(NE, this, other));
  }
  lt(other: Handle | number): Tensor {
    return wrap(binary(LT, this, other));
  }
  le(other: Handle | number): Tensor {
    return wrap(binary(LE, this, other));
  }
  gt(other: Handle | number): Tensor {
    return wrap(binary(GT, this, other));
  }
  ge(other: Handle | number): Tensor {
    return wrap(binary(GE, this, other));
  }
  logicalAnd(other: Handle): Tensor {
    return wrap(engine.call(AND, this.id, other.id));
  }
  logicalOr(other: Handle): Tensor {
    return wrap(engine.call(OR, this.id, other.id));
  }
  logicalXor(other: Handle): Tensor {
    return wrap(engine.call(XOR, this.id, other.id));
  }
  logicalNot(): Tensor {
    return wrap(engine.call(NOT, this.id));
  }
  isnan(): Tensor {
    return wrap(engine.call(ISNAN, this.id));
  }
  isfinite(): Tensor {
    return wrap(engine.call(ISFINITE, this.id));
  }

  /** `value` where `mask` (bool, broadcastable) holds. */
  maskedFill(mask: Handle, value: Handle | number): Tensor {
    return wrap(
      typeof value === "number"
        ? engine.call(MASKED_FILL[1], this.id, mask.id, value)
        : engine.call(MASKED_FILL[0], this.id, mask.id, value.id),
    );
  }
  maskedFill_(mask: Handle, value: number): this {
    engine.call(MASKED_FILL_, this.id, mask.id, value);
    return this;
  }
  tril(diagonal = 0): Tensor {
    return wrap(engine.call(TRIL, this.id, diagonal));
  }
  triu(diagonal = 0): Tensor {
    return wrap(engine.call(TRIU, this.id, diagonal));
  }
}
