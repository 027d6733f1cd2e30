// Gradients, thread-local modes (grad, inference, autocast), random generators, threads and versions.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/headeronly/version.h>

#include "js.h"

namespace ironbark {
namespace {

// backward(outputs, gradients | null, retainGraph, createGraph): accumulates into `.grad` of the leaves.
napi_value backward(Call& call) {
  const auto gradients = call.given(1) ? call.tensors(1) : std::vector<at::Tensor>{};
  torch::autograd::backward(call.tensors(0), gradients, call.boolean(2, false), call.boolean(3, false));
  return nullptr;
}

// grad(outputs, inputs, gradients | null, retainGraph, createGraph, allowUnused) -> handles, 0 where unused.
napi_value grad(Call& call) {
  const auto gradients = call.given(2) ? call.tensors(2) : std::vector<at::Tensor>{};
  return call.handles(torch::autograd::grad(call.tensors(0), call.tensors(1), gradients, call.boolean(3, false),
                                            call.boolean(4, false), call.boolean(5, false)));
}

napi_value requires_grad(Call& call) { return call.boolean(call.tensor(0).requires_grad()); }

napi_value set_requires_grad(Call& call) {
  call.tensor(0).set_requires_grad(call.boolean(1, true));
  return nullptr;
}

napi_value get_grad(Call& call) { return call.handle(call.tensor(0).grad()); }

napi_value set_grad(Call& call) {
  const at::Tensor& tensor = call.tensor(0);
  tensor.mutable_grad() = call.given(1) ? call.tensor(1) : at::Tensor();
  return nullptr;
}

// clearGrads(ids): `.grad = null` for each.
napi_value clear_grads(Call& call) {
  for (const at::Tensor& tensor : call.tensors(0)) tensor.mutable_grad() = at::Tensor();
  return nullptr;
}

// grads(ids) -> handles, 0 where there is none.
napi_value grads(Call& call) {
  std::vector<at::Tensor> out;
  for (const at::Tensor& tensor : call.tensors(0)) out.push_back(tensor.grad());
  return call.handles(std::move(out));
}

napi_value is_leaf(Call& call) { return call.boolean(call.tensor(0).is_leaf()); }

napi_value set_grad_enabled(Call& call) {
  const bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(call.boolean(0, true));
  return call.boolean(before);
}

napi_value enter_inference(Call& call) {
  call.state->inference.push_back(std::make_unique<c10::InferenceMode>(true));
  return nullptr;
}

napi_value leave_inference(Call& call) {
  if (!call.state->inference.empty()) call.state->inference.pop_back();
  return nullptr;
}

// enterAutocast(device, dtype) / leaveAutocast(device): the cache of cast weights is dropped at the outermost exit.
napi_value enter_autocast(Call& call) {
  const auto type = c10::Device(call.string(0)).type();
  at::autocast::set_autocast_enabled(type, true);
  at::autocast::set_autocast_dtype(type, static_cast<at::ScalarType>(call.i32(1)));
  at::autocast::increment_nesting();
  return nullptr;
}

napi_value leave_autocast(Call& call) {
  if (at::autocast::decrement_nesting() == 0) {
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(c10::Device(call.string(0)).type(), false);
  }
  return nullptr;
}

napi_value manual_seed(Call& call) {
  at::manual_seed(static_cast<uint64_t>(call.i64(0)));
  return nullptr;
}

at::Generator default_generator(const Call& call, size_t i) {
  return at::globalContext().defaultGenerator(c10::Device(call.string(i)));
}

napi_value generator(Call& call) {
  const c10::Device device(call.string(0));
  at::Generator out = device.is_cpu() ? at::make_generator<at::CPUGeneratorImpl>()
                                      : at::detail::getCUDAHooks().getNewGenerator(device.index());
  out.set_current_seed(static_cast<uint64_t>(call.i64(1)));
  auto& generators = call.state->generators;
  for (size_t k = 0; k < generators.size(); ++k)
    if (!generators[k].defined()) {
      generators[k] = std::move(out);
      return call.integer(static_cast<int32_t>(k));
    }
  generators.push_back(std::move(out));
  return call.integer(static_cast<int32_t>(generators.size() - 1));
}

// The argument is a generator's number, or a device for the default generator of that device.
at::Generator generator_arg(const Call& call, size_t i) {
  int32_t id;
  if (napi_get_value_int32(call.env, call.argv[i], &id) != napi_ok) return default_generator(call, i);
  if (id < 0 || static_cast<size_t>(id) >= call.state->generators.size() || !call.state->generators[id].defined())
    throw std::runtime_error("no such generator");
  return call.state->generators[id];
}

napi_value release_generator(Call& call) {
  generator_arg(call, 0);
  call.state->generators[call.i32(0)] = at::Generator();
  return nullptr;
}

napi_value rng_state(Call& call) { return call.handle(generator_arg(call, 0).get_state()); }

napi_value set_rng_state(Call& call) {
  generator_arg(call, 0).set_state(call.tensor(1));
  return nullptr;
}

napi_value set_threads(Call& call) {
  at::set_num_threads(call.i32(0));
  return nullptr;
}

napi_value threads(Call& call) { return call.integer(at::get_num_threads()); }
napi_value cuda_devices(Call& call) { return call.integer(at::detail::getCUDAHooks().deviceCount()); }
napi_value torch_version(Call& call) { return call.text(TORCH_VERSION); }
napi_value parallel_info(Call& call) { return call.text(at::get_parallel_info()); }

}  // namespace

std::vector<Export> autograd_exports() {
  return {{"backward", backward},
          {"grad", grad},
          {"requiresGrad", requires_grad},
          {"setRequiresGrad", set_requires_grad},
          {"getGrad", get_grad},
          {"setGrad", set_grad},
          {"clearGrads", clear_grads},
          {"grads", grads},
          {"isLeaf", is_leaf},
          {"setGradEnabled", set_grad_enabled},
          {"enterInference", enter_inference},
          {"leaveInference", leave_inference},
          {"enterAutocast", enter_autocast},
          {"leaveAutocast", leave_autocast},
          {"manualSeed", manual_seed},
          {"generator", generator},
          {"releaseGenerator", release_generator},
          {"rngState", rng_state},
          {"setRngState", set_rng_state},
          {"setThreads", set_threads},
          {"threads", threads},
          {"cudaDevices", cuda_devices},
          {"torchVersion", torch_version},
          {"parallelInfo", parallel_info}};
}

}  // namespace ironbark
