/** Sums, products and writes in place of `Tensor`; a trailing underscore writes in place, as in PyTorch. */
import { defineOp, engine } from "./engine.ts";
import { Handle, wrap } from "./handle.ts";
import type { Tensor } from "./tensor.ts";

/** Operators with a Tensor and a Scalar overload; a number takes the second. */
export const pair = (name: string): [tensor: number, scalar: number] => [
  defineOp(name, "Tensor"),
  defineOp(name, "Scalar"),
];
export const binary = ([tensor, scalar]: readonly [number, number], a: Handle, b: Handle | number): number =>
  typeof b === "number" ? engine.call(scalar, a.id, b) : engine.call(tensor, a.id, b.id);

const [ADD, ADD_, SUB, SUB_] = [pair("aten::add"), pair("aten::add_"), pair("aten::sub"), pair("aten::sub_")];
const [MUL, MUL_, DIV, DIV_] = [pair("aten::mul"), pair("aten::mul_"), pair("aten::div"), pair("aten::div_")];
const [REMAINDER, RSUB] = [pair("aten::remainder"), defineOp("aten::rsub", "Scalar")];
const POW: [number, number] = [
  defineOp("aten::pow", "Tensor_Tensor"),
  defineOp("aten::pow", "Tensor_Scalar"),
];
const FLOOR_DIVIDE = defineOp("aten::div", "Scalar_mode");
const [COPY_, ZERO_, FILL_, CLAMP_] = [
  defineOp("aten::copy_"),
  defineOp("aten::zero_"),
  defineOp("aten::fill_", "Scalar"),
  defineOp("aten::clamp_"),
];
const [ADDCMUL_, ADDCDIV_, LERP_, NORMAL_, UNIFORM_] = [
  defineOp("aten::addcmul_"),
  defineOp("aten::addcdiv_"),
  defineOp("aten::lerp_", "Scalar"),
  defineOp("aten::normal_"),
  defineOp("aten::uniform_"),
];

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
    return wrap(engine.call(FLOOR_DIVIDE, this.id, number, "floor"));
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
}
