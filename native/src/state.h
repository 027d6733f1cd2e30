// What one engine (one per JavaScript thread, as a rule) owns: its tensor table, operators, generators, mappings.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <c10/core/InferenceMode.h>
#include <node_api.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ironbark {

enum class Kind : uint8_t {
  Tensor,
  TensorList,
  OptionalTensorList,
  Scalar,
  ScalarList,
  Int,
  Float,
  Bool,
  IntList,
  FloatList,
  BoolList,
  String,
  Device,
  Generator,
  Unsupported,
};

// As error messages and `describeOp` name it.
const char* label(Kind kind);

// How an integer argument may also be written as a string.
enum class Spelling : uint8_t { Plain, ScalarType, Layout, MemoryFormat };

struct Argument {
  std::string name;
  Kind kind = Kind::Unsupported;
  Spelling spelling = Spelling::Plain;
  bool optional = false;
  bool has_default = false;
  bool written = false;
  int32_t fixed_size = 0;
  c10::IValue default_value;
};

// An operator with its schema digested once, so that a call needs no look-up by name.
struct Operator {
  explicit Operator(c10::OperatorHandle h) : handle(std::move(h)) {}
  c10::OperatorHandle handle;
  std::string name;
  std::vector<Argument> arguments;
  std::vector<Kind> returns;
  // The first result is an argument written in place: its handle is given back instead of a new one.
  bool returns_argument = false;
};

// A file mapped copy-on-write; tensors over it keep it alive.
struct Mapping {
  void* base = nullptr;
  size_t bytes = 0;
  ~Mapping();
};

// Tensors are small integers in JavaScript. A slot's number is reused after it is released, which is safe
// because only one JavaScript object holds a number and forgets it when it releases it. Slot 0 means "none".
class State {
 public:
  State() : slots_(1) {}

  int32_t put(at::Tensor tensor) {
    if (!tensor.defined()) return 0;
    ++live_;
    if (!free_.empty()) {
      const int32_t id = free_.back();
      free_.pop_back();
      slots_[id] = std::move(tensor);
      return id;
    }
    slots_.push_back(std::move(tensor));
    return static_cast<int32_t>(slots_.size() - 1);
  }

  const at::Tensor& get(int32_t id) const {
    if (id <= 0 || static_cast<size_t>(id) >= slots_.size() || !slots_[id].defined())
      throw std::runtime_error("the tensor has been disposed");
    return slots_[id];
  }

  void release(int32_t id) {
    if (id <= 0 || static_cast<size_t>(id) >= slots_.size() || !slots_[id].defined()) return;
    slots_[id] = at::Tensor();
    free_.push_back(id);
    --live_;
  }

  size_t live() const { return live_; }

  std::vector<Operator> operators;
  std::vector<at::Generator> generators;
  std::vector<std::shared_ptr<Mapping>> mappings;
  // Entered and left in stack order by the same thread, as their destructors require.
  std::vector<std::unique_ptr<c10::InferenceMode>> inference;
  torch::jit::Stack stack;

 private:
  std::vector<at::Tensor> slots_;
  std::vector<int32_t> free_;
  size_t live_ = 0;
};

}  // namespace ironbark
