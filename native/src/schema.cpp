// Finds operators by name and digests their schemas, once each, into what a call needs.
#include <ATen/core/jit_type.h>

#include "js.h"

namespace ironbark {

const char* label(Kind kind) {
  switch (kind) {
    case Kind::Tensor: return "Tensor";
    case Kind::TensorList: return "Tensor[]";
    case Kind::OptionalTensorList: return "Tensor?[]";
    case Kind::Scalar: return "Scalar";
    case Kind::ScalarList: return "Scalar[]";
    case Kind::Int: return "int";
    case Kind::Float: return "float";
    case Kind::Bool: return "bool";
    case Kind::IntList: return "int[]";
    case Kind::FloatList: return "float[]";
    case Kind::BoolList: return "bool[]";
    case Kind::String: return "str";
    case Kind::Device: return "Device";
    case Kind::Generator: return "Generator";
    case Kind::Unsupported: return "unsupported";
  }
  return "unsupported";
}

namespace {

Kind kind_of(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType: return Kind::Tensor;
    case c10::TypeKind::NumberType: return Kind::Scalar;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
    case c10::TypeKind::ScalarTypeType:
    case c10::TypeKind::LayoutType:
    case c10::TypeKind::MemoryFormatType: return Kind::Int;
    case c10::TypeKind::FloatType: return Kind::Float;
    case c10::TypeKind::BoolType: return Kind::Bool;
    case c10::TypeKind::StringType: return Kind::String;
    case c10::TypeKind::DeviceObjType: return Kind::Device;
    case c10::TypeKind::GeneratorType: return Kind::Generator;
    case c10::TypeKind::ListType: {
      const auto& element = *type.castRaw<c10::ListType>()->getElementType();
      if (element.kind() == c10::TypeKind::OptionalType)
        return kind_of(*element.castRaw<c10::OptionalType>()->getElementType()) == Kind::Tensor
                   ? Kind::OptionalTensorList
                   : Kind::Unsupported;
      switch (kind_of(element)) {
        case Kind::Tensor: return Kind::TensorList;
        case Kind::Scalar: return Kind::ScalarList;
        case Kind::Int: return Kind::IntList;
        case Kind::Float: return Kind::FloatList;
        case Kind::Bool: return Kind::BoolList;
        default: return Kind::Unsupported;
      }
    }
    default: return Kind::Unsupported;
  }
}

Spelling spelling_of(const c10::Type& type) {
  if (type.kind() == c10::TypeKind::OptionalType)
    return spelling_of(*type.castRaw<c10::OptionalType>()->getElementType());
  switch (type.kind()) {
    case c10::TypeKind::ScalarTypeType: return Spelling::ScalarType;
    case c10::TypeKind::LayoutType: return Spelling::Layout;
    case c10::TypeKind::MemoryFormatType: return Spelling::MemoryFormat;
    default: return Spelling::Plain;
  }
}

Argument digest(const c10::Argument& from) {
  Argument out;
  out.name = from.name();
  const c10::Type* type = from.type().get();
  if (type->kind() == c10::TypeKind::OptionalType) {
    out.optional = true;
    type = type->castRaw<c10::OptionalType>()->getElementType().get();
  }
  out.kind = kind_of(*type);
  out.spelling = spelling_of(*from.real_type());
  out.fixed_size = from.N().value_or(0);
  if (from.default_value().has_value()) {
    out.has_default = true;
    out.default_value = *from.default_value();
  }
  out.written = from.alias_info() != nullptr && from.alias_info()->isWrite();
  return out;
}

// resolveOp(name, overload) -> number
napi_value resolve(Call& call) {
  const std::string name = call.string(0);
  const std::string overload = call.given(1) ? call.string(1) : "";
  auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!handle) throw std::runtime_error("no such operator: " + name + (overload.empty() ? "" : "." + overload));
  Operator op(*handle);
  op.name = name + (overload.empty() ? "" : "." + overload);
  const c10::FunctionSchema& schema = op.handle.schema();
  for (const auto& argument : schema.arguments()) op.arguments.push_back(digest(argument));
  if (op.arguments.size() + 1 > kMaxArguments) throw std::runtime_error(op.name + " takes too many arguments");
  for (const auto& result : schema.returns()) op.returns.push_back(kind_of(*result.type()));
  op.returns_argument = schema.returns().size() == 1 && op.returns[0] == Kind::Tensor &&
                        schema.returns()[0].alias_info() != nullptr && schema.returns()[0].alias_info()->isWrite();
  call.state->operators.push_back(std::move(op));
  return call.integer(static_cast<int32_t>(call.state->operators.size() - 1));
}

// describeOp(id) -> "name:kind,name:kind,>kind," (arguments, then results); read once per operator by the generic entry.
napi_value describe(Call& call) {
  const int32_t id = call.i32(0);
  if (id < 0 || static_cast<size_t>(id) >= call.state->operators.size()) throw std::runtime_error("no such operator id");
  const Operator& op = call.state->operators[id];
  std::string text;
  for (const auto& argument : op.arguments) text += argument.name + ":" + label(argument.kind) + ",";
  text += ">";
  for (const Kind kind : op.returns) text += std::string(label(kind)) + ",";
  return call.text(std::string_view(text));
}

}  // namespace

std::vector<Export> schema_exports() { return {{"resolveOp", resolve}, {"describeOp", describe}}; }

}  // namespace ironbark
