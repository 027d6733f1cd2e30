/** Element-wise operators of `Tensor`; a trailing underscore writes in place, as in PyTorch. */
import { defineOp, engine } from "./engine.ts";
import { Handle, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

/** Operators with a Tensor and a Scalar overload; the number picks the second. */
const pair = (name: string): [tensor: number, scalar: number] => [
  defineOp(name, "Tensor"),
  defineOp(name, "Scalar"),
];
const binary = ([tensor, scalar]: readonly [number, number], a: Handle, b: Handle | number): number =>
  typeof b === "number" ? engine.call(scalar, a.id, b) : engine.call(tensor, a.id, b.id);

const [ADD, ADD_, SUB, SUB_] = [pair("aten::add"), pair("aten::add_"), pair("aten::sub"), pair("aten::sub_")];
const [MUL, MUL_, DIV, DIV_] = [pair("aten::mul"), pair("aten::mul_"), pair("aten::div"), pair("aten::div_")];
const [EQ, NE, LT, LE] = [pair("aten::eq"), pair("aten::ne"), pair("aten::lt"), pair("aten::le")];
const [GT, GE, REMAINDER] = [pair("aten::gt"), pair("aten::ge"), pair("aten::remainder")];
const RSUB = defineOp("aten::rsub", "Scalar");
const POW: [number, number] = [
  defineOp("aten::pow", "Tensor_Tensor"),
  defineOp("aten::pow", "Tensor_Scalar"),
];
const DIV_MODE = defineOp("aten::div", "Scalar_mode");
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
const [CLAMP, CLAMP_, MINIMUM, MAXIMUM] = [
  defineOp("aten::clamp"),
  defineOp("aten::clamp_"),
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
const [COPY_, ZERO_, FILL_] = [
  defineOp("aten::copy_"),
  defineOp("aten::zero_"),
  defineOp("aten::fill_", "Scalar"),
];
const [ADDCMUL_, ADDCDIV_, LERP_, NORMAL_, UNIFORM_] = [
  defineOp("aten::addcmul_"),
  defineOp("aten::addcdiv_"),
  defineOp("aten::lerp_", "Scalar"),
  defineOp("aten::normal_"),
  defineOp("aten::uniform_"),
];
const MASKED_FILL: [number, number] = [
  defineOp("aten::masked_fill", "Tensor"),
  defineOp("aten::masked_fill", "Scalar"),
];
const MASKED_FILL_ = defineOp("aten::masked_fill_", "Scalar");
const [TRIL, TRIU] = [defineOp("aten::tril"), defineOp("aten::triu")];

export class ArithmeticTensor extends Handle {
  add(other: Handle | number, alpha = 1): Tensor {
    if (alpha === 1) return wrap(binary(ADD, this, other));
    return wrap(
      typeof other === "number"
        ? engine.call(ADD[1], this.id, other, alpha)
        : engine.call(ADD[0], this.id, other.id, alpha),
    );
  }
  sub(other: Handle | number): Tensor {
    return wrap(binary(SUB, this, other));
  }
  /** `number - this`. */
  rsub(number: number): Tensor {
    return wrap(engine.call(RSUB, this.id, number));
  }
  mul(other: Handle | number): Tensor {
    return wrap(binary(MUL, this, other));
  }
  div(other: Handle | number): Tensor {
    return wrap(binary(DIV, this, other));
  }
  /** Rounds towards minus infinity. */
  floorDivide(number: number): Tensor {
    return wrap(engine.call(DIV_MODE, this.id, number, "floor"));
  }
  remainder(other: Handle | number): Tensor {
    return wrap(binary(REMAINDER, this, other));
  }
  pow(exponent: Handle | number): Tensor {
    return wrap(binary(POW, this, exponent));
  }

  add_(other: Handle | number, alpha = 1): this {
    if (alpha === 1) binary(ADD_, this, other);
    else if (typeof other === "number") engine.call(ADD_[1], this.id, other, alpha);
    else engine.call(ADD_[0], this.id, other.id, alpha);
    return this;
  }
  sub_(other: Handle | number): this {
    binary(SUB_, this, other);
    return this;
  }
  mul_(other: Handle | number): this {
    binary(MUL_, this, other);
    return this;
  }
  div_(other: Handle | number): this {
    binary(DIV_, this, other);
    return this;
  }
  /** this += value * a * b */
  addcmul_(a: Handle, b: Handle, value = 1): this {
    engine.call(ADDCMUL_, this.id, a.id, b.id, value);
    return this;
  }
  /** this += value * a / b */
  addcdiv_(a: Handle, b: Handle, value = 1): this {
    engine.call(ADDCDIV_, this.id, a.id, b.id, value);
    return this;
  }
  /** this += weight * (end - this) */
  lerp_(end: Handle, weight: number): this {
    engine.call(LERP_, this.id, end.id, weight);
    return this;
  }
  /** Converts dtype and device, and broadcasts. */
  copy_(source: Handle): this {
    engine.call(COPY_, this.id, source.id);
    return this;
  }
  zero_(): this {
    engine.call(ZERO_, this.id);
    return this;
  }
  fill_(value: number): this {
    engine.call(FILL_, this.id, value);
    return this;
  }
  clamp_(min: number | null, max: number | null = null): this {
    engine.call(CLAMP_, this.id, min, max);
    return this;
  }
  normal_(mean = 0, std = 1): this {
    engine.call(NORMAL_, this.id, mean, std);
    return this;
  }
  uniform_(from = 0, to = 1): this {
    engine.call(UNIFORM_, this.id, from, to);
    return this;
  }

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
