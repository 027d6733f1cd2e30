// The module: opens engines, each a state of its own and the functions of the other files bound to it.
#include "js.h"

namespace ironbark {

void throw_error(napi_env env, const std::string& prefix, std::string_view message) {
  const size_t end = message.find('\n');
  std::string line = prefix + std::string(message.substr(0, end));
  napi_throw_error(env, "ERR_ATEN", line.c_str());
}

std::vector<int64_t> Call::i64s(size_t i) const {
  uint32_t length = 0;
  if (i >= count || napi_get_array_length(env, argv[i], &length) != napi_ok) bad(i, "an array of integers");
  std::vector<int64_t> out(length);
  for (uint32_t k = 0; k < length; ++k) {
    napi_value item;
    napi_get_element(env, argv[i], k, &item);
    if (napi_get_value_int64(env, item, &out[k]) != napi_ok) bad(i, "an array of integers");
  }
  return out;
}

std::vector<at::Tensor> Call::tensors(size_t i) const {
  std::vector<at::Tensor> out;
  for (const int64_t id : i64s(i)) out.push_back(id == 0 ? at::Tensor() : state->get(static_cast<int32_t>(id)));
  return out;
}

napi_value Call::handles(std::vector<at::Tensor> tensors) const {
  napi_value out;
  napi_create_array_with_length(env, tensors.size(), &out);
  for (size_t k = 0; k < tensors.size(); ++k)
    napi_set_element(env, out, k, handle(std::move(tensors[k])));
  return out;
}

namespace {

struct Binding {
  State* state;
  napi_value (*body)(Call&);
};

napi_value invoke(napi_env env, napi_callback_info info) {
  Call call(env, info);
  auto* binding = reinterpret_cast<Binding*>(call.state);
  call.state = binding->state;
  return guarded(env, [&] { return binding->body(call); });
}

// One engine: a state and the functions over it.
struct Engine {
  State state;
  std::vector<std::unique_ptr<Binding>> bindings;
};
using Engines = std::vector<std::unique_ptr<Engine>>;

// open() -> a new engine with an empty table. A module that is loaded twice in one environment gets two.
napi_value open_engine(napi_env env, napi_callback_info) {
  Engines* engines = nullptr;
  napi_get_instance_data(env, reinterpret_cast<void**>(&engines));
  engines->push_back(std::make_unique<Engine>());
  Engine& engine = *engines->back();
  napi_value out;
  napi_create_object(env, &out);
  auto add = [&](const char* name, napi_callback callback, void* data) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, data, &function);
    napi_set_named_property(env, out, name, function);
  };
  add("call", call_operator, &engine.state);
  for (auto& group : {schema_exports(), data_exports(), autograd_exports()})
    for (const Export& item : group) {
      engine.bindings.push_back(std::make_unique<Binding>(Binding{&engine.state, item.body}));
      add(item.name, invoke, engine.bindings.back().get());
    }
  return out;
}

}  // namespace
}  // namespace ironbark

NAPI_MODULE_INIT() {
  using namespace ironbark;
  napi_set_instance_data(
      env, new Engines(), [](napi_env, void* data, void*) { delete static_cast<Engines*>(data); }, nullptr);
  napi_value open;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_engine, nullptr, &open);
  napi_set_named_property(env, exports, "open", open);
  return exports;
}
