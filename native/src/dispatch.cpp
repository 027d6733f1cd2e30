// Calls any ATen operator: JavaScript values become IValues by the operator's own schema, and results come back.
#include <ATen/core/jit_type.h>

#include <cmath>

#include "js.h"

namespace ironbark {
namespace {

[[noreturn]] void expected(const Argument& argument, const char* what = nullptr) {
  throw std::runtime_error("argument '" + argument.name + "' must be " + (what ? what : label(argument.kind)) +
                           (argument.optional ? " or null" : ""));
}

int64_t named_code(const Argument& argument, const std::string& name) {
  if (argument.spelling == Spelling::ScalarType) {
    static const std::pair<const char*, c10::ScalarType> table[] = {
        {"float32", c10::kFloat}, {"bfloat16", c10::kBFloat16}, {"float16", c10::kHalf},
        {"float64", c10::kDouble}, {"int64", c10::kLong},       {"int32", c10::kInt},
        {"int16", c10::kShort},    {"int8", c10::kChar},        {"uint8", c10::kByte},
        {"bool", c10::kBool}};
    for (const auto& [text, code] : table)
      if (name == text) return static_cast<int64_t>(code);
  } else if (argument.spelling == Spelling::MemoryFormat) {
    if (name == "contiguous") return static_cast<int64_t>(c10::MemoryFormat::Contiguous);
    if (name == "preserve") return static_cast<int64_t>(c10::MemoryFormat::Preserve);
    if (name == "channels_last") return static_cast<int64_t>(c10::MemoryFormat::ChannelsLast);
  } else if (argument.spelling == Spelling::Layout && name == "strided") {
    return static_cast<int64_t>(c10::Layout::Strided);
  }
  expected(argument, "a known name or number");
}

int64_t to_int(const Call& call, const Argument& argument, napi_value value) {
  double number;
  if (napi_get_value_double(call.env, value, &number) == napi_ok) {
    const int64_t out = static_cast<int64_t>(number);
    if (static_cast<double>(out) != number) expected(argument);
    return out;
  }
  int64_t big;
  bool lossless;
  if (napi_get_value_bigint_int64(call.env, value, &big, &lossless) == napi_ok && lossless) return big;
  bool flag;
  if (napi_get_value_bool(call.env, value, &flag) == napi_ok) return flag;
  if (argument.spelling != Spelling::Plain) return named_code(argument, call.string_of(value));
  expected(argument);
}

// A whole number is an integer scalar, so that integer tensors stay integer; float tensors take either alike.
c10::Scalar to_scalar(const Call& call, const Argument& argument, napi_value value) {
  double number;
  if (napi_get_value_double(call.env, value, &number) == napi_ok) {
    if (std::abs(number) <= 9007199254740992.0 && std::trunc(number) == number && !(number == 0 && std::signbit(number)))
      return c10::Scalar(static_cast<int64_t>(number));
    return c10::Scalar(number);
  }
  bool flag;
  if (napi_get_value_bool(call.env, value, &flag) == napi_ok) return c10::Scalar(flag);
  int64_t big;
  bool lossless;
  if (napi_get_value_bigint_int64(call.env, value, &big, &lossless) == napi_ok && lossless) return c10::Scalar(big);
  expected(argument, "a number");
}

double to_double(const Call& call, const Argument& argument, napi_value value) {
  double number;
  if (napi_get_value_double(call.env, value, &number) != napi_ok) expected(argument);
  return number;
}

template <typename Each>
void each_element(const Call& call, const Argument& argument, napi_value value, Each&& each) {
  uint32_t length;
  if (napi_get_array_length(call.env, value, &length) != napi_ok) expected(argument);
  for (uint32_t k = 0; k < length; ++k) {
    napi_value item;
    napi_get_element(call.env, value, k, &item);
    each(item);
  }
}

c10::IValue convert(const Call& call, const Argument& argument, napi_value value) {
  State& state = *call.state;
  if (argument.kind == Kind::Tensor) {
    // By far the most common kind: no look at the value's type unless it is not a number.
    int32_t id;
    if (napi_get_value_int32(call.env, value, &id) == napi_ok) return state.get(id);
  }
  napi_valuetype type;
  napi_typeof(call.env, value, &type);
  if (type == napi_undefined) {
    if (argument.has_default) return argument.default_value;
    if (argument.optional) return c10::IValue();
    throw std::runtime_error("argument '" + argument.name + "' (" + label(argument.kind) + ") is missing");
  }
  if (type == napi_null) {
    if (argument.optional) return c10::IValue();
    if (argument.kind == Kind::Tensor) return at::Tensor();
    expected(argument);
  }
  switch (argument.kind) {
    case Kind::Scalar: return to_scalar(call, argument, value);
    case Kind::Int: return to_int(call, argument, value);
    case Kind::Float: return to_double(call, argument, value);
    case Kind::Bool: {
      bool flag;
      if (napi_get_value_bool(call.env, value, &flag) != napi_ok) expected(argument);
      return flag;
    }
    case Kind::IntList: {
      c10::List<int64_t> list;
      // `int[2] stride` takes a single number for both.
      if (type == napi_number && argument.fixed_size > 0) {
        const int64_t item = to_int(call, argument, value);
        for (int32_t k = 0; k < argument.fixed_size; ++k) list.push_back(item);
      } else {
        each_element(call, argument, value, [&](napi_value v) { list.push_back(to_int(call, argument, v)); });
      }
      return list;
    }
    case Kind::TensorList: {
      c10::List<at::Tensor> list;
      each_element(call, argument, value, [&](napi_value v) {
        int32_t id;
        if (napi_get_value_int32(call.env, v, &id) != napi_ok) expected(argument);
        list.push_back(state.get(id));
      });
      return list;
    }
    case Kind::OptionalTensorList: {
      c10::List<std::optional<at::Tensor>> list;
      each_element(call, argument, value, [&](napi_value v) {
        int32_t id;
        if (napi_get_value_int32(call.env, v, &id) == napi_ok && id != 0)
          list.push_back(state.get(id));
        else
          list.push_back(std::nullopt);
      });
      return list;
    }
    case Kind::FloatList: {
      c10::List<double> list;
      each_element(call, argument, value, [&](napi_value v) { list.push_back(to_double(call, argument, v)); });
      return list;
    }
    case Kind::BoolList: {
      c10::List<bool> list;
      each_element(call, argument, value, [&](napi_value v) {
        bool flag;
        if (napi_get_value_bool(call.env, v, &flag) != napi_ok) expected(argument);
        list.push_back(flag);
      });
      return list;
    }
    case Kind::ScalarList: {
      c10::impl::GenericList list(c10::NumberType::get());
      each_element(call, argument, value, [&](napi_value v) { list.push_back(to_scalar(call, argument, v)); });
      return list;
    }
    case Kind::String: return call.string_of(value);
    case Kind::Device: return c10::Device(call.string_of(value));
    case Kind::Generator: {
      int32_t id;
      if (napi_get_value_int32(call.env, value, &id) != napi_ok || id < 0 ||
          static_cast<size_t>(id) >= state.generators.size() || !state.generators[id].defined())
        expected(argument);
      return state.generators[id];
    }
    case Kind::Tensor:
    case Kind::Unsupported: break;
  }
  expected(argument);
}

napi_value to_js(const Call& call, const c10::IValue& value) {
  if (value.isTensor()) return call.handle(value.toTensor());
  if (value.isInt()) return call.number(static_cast<double>(value.toInt()));
  if (value.isDouble()) return call.number(value.toDouble());
  if (value.isBool()) return call.boolean(value.toBool());
  if (value.isNone()) {
    napi_value out;
    napi_get_null(call.env, &out);
    return out;
  }
  if (value.isString()) return call.text(value.toStringRef());
  if (value.isSymInt()) return call.number(static_cast<double>(value.toSymInt().expect_int()));
  napi_value out;
  if (value.isList()) {
    const auto list = value.toListRef();
    napi_create_array_with_length(call.env, list.size(), &out);
    for (size_t k = 0; k < list.size(); ++k) napi_set_element(call.env, out, k, to_js(call, list[k]));
    return out;
  }
  throw std::runtime_error("the result has a type that JavaScript cannot hold: " + value.tagKind());
}

napi_value results(const Call& call, const Operator& op, const torch::jit::Stack& stack) {
  if (op.returns_argument && stack.size() == 1) {
    const auto* written = stack[0].toTensor().unsafeGetTensorImpl();
    for (size_t k = 0; k < op.arguments.size() && k + 1 < call.count; ++k) {
      int32_t id;
      if (op.arguments[k].kind == Kind::Tensor && op.arguments[k].written &&
          napi_get_value_int32(call.env, call.argv[k + 1], &id) == napi_ok &&
          call.state->get(id).unsafeGetTensorImpl() == written)
        return call.argv[k + 1];
    }
  }
  if (stack.size() == 1) return to_js(call, stack[0]);
  napi_value out = nullptr;
  if (stack.empty()) return out;
  napi_create_array_with_length(call.env, stack.size(), &out);
  for (size_t k = 0; k < stack.size(); ++k) napi_set_element(call.env, out, k, to_js(call, stack[k]));
  return out;
}

}  // namespace

napi_value call_operator(napi_env env, napi_callback_info info) {
  Call call(env, info);
  const Operator* op = nullptr;
  torch::jit::Stack& stack = call.state->stack;
  napi_value out = nullptr;
  try {
    int32_t id = -1;
    if (call.count > 0) napi_get_value_int32(env, call.argv[0], &id);
    if (id < 0 || static_cast<size_t>(id) >= call.state->operators.size())
      throw std::runtime_error("no such operator id");
    op = &call.state->operators[id];
    stack.clear();
    const size_t given = call.count - 1;
    if (given > op->arguments.size())
      throw std::runtime_error("takes " + std::to_string(op->arguments.size()) + " arguments, got " +
                               std::to_string(given));
    for (size_t k = 0; k < op->arguments.size(); ++k) {
      const Argument& argument = op->arguments[k];
      if (k < given)
        stack.push_back(convert(call, argument, call.argv[k + 1]));
      else if (argument.has_default)
        stack.push_back(argument.default_value);
      else if (argument.optional)
        stack.emplace_back();
      else
        throw std::runtime_error("argument '" + argument.name + "' (" + label(argument.kind) + ") is missing");
    }
    op->handle.callBoxed(stack);
    out = results(call, *op, stack);
  } catch (const c10::Error& error) {
    throw_error(env, op ? op->name + ": " : "", error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw_error(env, op ? op->name + ": " : "", error.what());
  }
  // Results that stay on the stack would keep memory alive until the next call.
  stack.clear();
  return out;
}

}  // namespace ironbark
