// Small helpers over the C Node-API: reading arguments, making results, turning C++ exceptions into JavaScript errors.
#pragma once

#include <c10/util/Exception.h>
#include <node_api.h>

#include <string>
#include <string_view>
#include <vector>

#include "state.h"

namespace ironbark {

constexpr size_t kMaxArguments = 40;

// The arguments of one call; the environment's state travels as the function's data pointer.
struct Call {
  napi_env env;
  State* state = nullptr;
  size_t count = kMaxArguments;
  napi_value argv[kMaxArguments];

  Call(napi_env e, napi_callback_info info) : env(e) {
    napi_get_cb_info(e, info, &count, argv, nullptr, reinterpret_cast<void**>(&state));
    if (count > kMaxArguments) count = kMaxArguments;
  }
  bool given(size_t i) const { return i < count && !is_nullish(argv[i]); }
  bool is_nullish(napi_value value) const {
    napi_valuetype type;
    napi_typeof(env, value, &type);
    return type == napi_undefined || type == napi_null;
  }
  int32_t i32(size_t i) const {
    int32_t out = 0;
    if (i >= count || napi_get_value_int32(env, argv[i], &out) != napi_ok) bad(i, "an integer");
    return out;
  }
  int64_t i64(size_t i) const {
    int64_t out = 0;
    if (i >= count || napi_get_value_int64(env, argv[i], &out) != napi_ok) bad(i, "an integer");
    return out;
  }
  bool boolean(size_t i, bool fallback) const {
    bool out = fallback;
    if (i < count) napi_get_value_bool(env, argv[i], &out);
    return out;
  }
  std::string string(size_t i) const {
    if (i >= count) bad(i, "a string");
    return string_of(argv[i]);
  }
  std::string string_of(napi_value value) const {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok)
      throw std::runtime_error("expected a string");
    std::string out(length, '\0');
    napi_get_value_string_utf8(env, value, out.data(), length + 1, &length);
    return out;
  }
  const at::Tensor& tensor(size_t i) const { return state->get(i32(i)); }
  std::vector<int64_t> i64s(size_t i) const;
  std::vector<at::Tensor> tensors(size_t i) const;

  napi_value number(double value) const {
    napi_value out;
    napi_create_double(env, value, &out);
    return out;
  }
  napi_value integer(int32_t value) const {
    napi_value out;
    napi_create_int32(env, value, &out);
    return out;
  }
  napi_value boolean(bool value) const {
    napi_value out;
    napi_get_boolean(env, value, &out);
    return out;
  }
  napi_value text(std::string_view value) const {
    napi_value out;
    napi_create_string_utf8(env, value.data(), value.size(), &out);
    return out;
  }
  napi_value handle(at::Tensor tensor) const { return integer(state->put(std::move(tensor))); }
  napi_value handles(std::vector<at::Tensor> tensors) const;

 private:
  [[noreturn]] static void bad(size_t i, const char* what) {
    throw std::runtime_error("argument " + std::to_string(i) + " must be " + what);
  }
};

// Throws `message`, cut at its first line, as a JavaScript Error with code ERR_ATEN.
void throw_error(napi_env env, const std::string& prefix, std::string_view message);

// Runs `body`; a C++ exception becomes a JavaScript error and never crosses into the engine.
template <typename Body>
napi_value guarded(napi_env env, Body&& body) {
  try {
    return body();
  } catch (const c10::Error& error) {
    throw_error(env, "", error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw_error(env, "", error.what());
  }
  return nullptr;
}

// One exported function: its name and body.
struct Export {
  const char* name;
  napi_value (*body)(Call&);
};

std::vector<Export> schema_exports();
std::vector<Export> data_exports();
std::vector<Export> autograd_exports();

// The hot path: registered without the generic wrapper.
napi_value call_operator(napi_env env, napi_callback_info info);

}  // namespace ironbark
