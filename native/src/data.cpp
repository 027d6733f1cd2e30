// Tensors from and to JavaScript memory and files, their properties, and the release of handles.
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "js.h"

namespace ironbark {

Mapping::~Mapping() {
  if (base != nullptr) munmap(base, bytes);
}

namespace {

struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
  napi_typedarray_type type = napi_uint8_array;
};

Bytes bytes_of(const Call& call, size_t i) {
  Bytes out;
  size_t elements = 0;
  void* data = nullptr;
  if (i >= call.count ||
      napi_get_typedarray_info(call.env, call.argv[i], &out.type, &elements, &data, nullptr, nullptr) != napi_ok)
    throw std::runtime_error("argument " + std::to_string(i) + " must be a typed array");
  size_t width = 1;
  switch (out.type) {
    case napi_int16_array:
    case napi_uint16_array: width = 2; break;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array: width = 4; break;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array: width = 8; break;
    default: break;
  }
  out.data = static_cast<uint8_t*>(data);
  out.length = elements * width;
  return out;
}

at::ScalarType dtype_arg(const Call& call, size_t i) {
  const int32_t code = call.i32(i);
  if (code < 0 || code >= static_cast<int32_t>(at::ScalarType::NumOptions)) throw std::runtime_error("unknown dtype");
  return static_cast<at::ScalarType>(code);
}

// fromBytes(typedArray, dtype, shape) -> handle: a copy of the bytes read as `dtype`.
napi_value from_bytes(Call& call) {
  const Bytes bytes = bytes_of(call, 0);
  at::Tensor out = at::empty(call.i64s(2), at::TensorOptions().dtype(dtype_arg(call, 1)));
  if (out.nbytes() != bytes.length)
    throw std::runtime_error("the shape needs " + std::to_string(out.nbytes()) + " bytes, got " +
                             std::to_string(bytes.length));
  if (bytes.length > 0) std::memcpy(out.data_ptr(), bytes.data, bytes.length);
  return call.handle(std::move(out));
}

// readBytes(handle, typedArray, byteOffset): copies raw bytes of a contiguous CPU tensor, filling the array.
napi_value read_bytes(Call& call) {
  const at::Tensor& tensor = call.tensor(0);
  const Bytes bytes = bytes_of(call, 1);
  const int64_t offset = call.count > 2 ? call.i64(2) : 0;
  if (!tensor.device().is_cpu() || !tensor.is_contiguous())
    throw std::runtime_error("only a contiguous tensor on the CPU can be read");
  if (offset < 0 || offset + bytes.length > tensor.nbytes())
    throw std::runtime_error("reads past the end of the tensor");
  if (bytes.length > 0)
    std::memcpy(bytes.data, static_cast<const uint8_t*>(tensor.const_data_ptr()) + offset, bytes.length);
  return nullptr;
}

// writeBytes(handle, typedArray): the reverse, over the whole tensor; the caller is responsible for autograd.
napi_value write_bytes(Call& call) {
  const at::Tensor& tensor = call.tensor(0);
  const Bytes bytes = bytes_of(call, 1);
  if (!tensor.device().is_cpu() || !tensor.is_contiguous())
    throw std::runtime_error("only a contiguous tensor on the CPU can be written");
  if (bytes.length != tensor.nbytes())
    throw std::runtime_error("the tensor has " + std::to_string(tensor.nbytes()) + " bytes, got " +
                             std::to_string(bytes.length));
  if (bytes.length > 0) std::memcpy(tensor.data_ptr(), bytes.data, bytes.length);
  return nullptr;
}

// item(handle) -> number of a one-element tensor; booleans are 0 or 1.
napi_value item(Call& call) {
  const at::Scalar value = call.tensor(0).item();
  return call.number(value.isBoolean() ? (value.toBool() ? 1.0 : 0.0) : value.toDouble());
}

napi_value shape(Call& call) {
  const auto sizes = call.tensor(0).sizes();
  napi_value out;
  napi_create_array_with_length(call.env, sizes.size(), &out);
  for (size_t k = 0; k < sizes.size(); ++k)
    napi_set_element(call.env, out, k, call.number(static_cast<double>(sizes[k])));
  return out;
}

napi_value strides(Call& call) {
  const auto values = call.tensor(0).strides();
  napi_value out;
  napi_create_array_with_length(call.env, values.size(), &out);
  for (size_t k = 0; k < values.size(); ++k)
    napi_set_element(call.env, out, k, call.number(static_cast<double>(values[k])));
  return out;
}

napi_value dtype(Call& call) { return call.integer(static_cast<int32_t>(call.tensor(0).scalar_type())); }
napi_value device(Call& call) { return call.text(call.tensor(0).device().str()); }
napi_value numel(Call& call) { return call.number(static_cast<double>(call.tensor(0).numel())); }
napi_value is_contiguous(Call& call) { return call.boolean(call.tensor(0).is_contiguous()); }
napi_value same_storage(Call& call) { return call.boolean(call.tensor(0).is_alias_of(call.tensor(1))); }

// A second handle on the same tensor (not a view: autograd and identity are shared).
napi_value alias(Call& call) { return call.handle(call.tensor(0)); }

napi_value release(Call& call) {
  call.state->release(call.i32(0));
  return nullptr;
}

// releaseMany(Int32Array, count): what a scope does when it ends.
napi_value release_many(Call& call) {
  const Bytes bytes = bytes_of(call, 0);
  const size_t count = std::min<size_t>(call.i64(1), bytes.length / 4);
  const auto* ids = reinterpret_cast<const int32_t*>(bytes.data);
  for (size_t k = 0; k < count; ++k) call.state->release(ids[k]);
  return nullptr;
}

napi_value live(Call& call) { return call.number(static_cast<double>(call.state->live())); }

// mapFile(path) -> mapping number. Private pages: writing to a tensor never changes the file.
napi_value map_file(Call& call) {
  const std::string path = call.string(0);
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error(std::string("cannot open: ") + std::strerror(errno));
  struct stat info{};
  if (fstat(fd, &info) != 0) {
    close(fd);
    throw std::runtime_error(std::string("cannot stat: ") + std::strerror(errno));
  }
  auto mapping = std::make_shared<Mapping>();
  void* base = mmap(nullptr, info.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  close(fd);
  if (base == MAP_FAILED) throw std::runtime_error(std::string("cannot map: ") + std::strerror(errno));
  mapping->base = base;
  mapping->bytes = info.st_size;
  auto& mappings = call.state->mappings;
  for (size_t k = 0; k < mappings.size(); ++k)
    if (!mappings[k]) {
      mappings[k] = std::move(mapping);
      return call.integer(static_cast<int32_t>(k));
    }
  mappings.push_back(std::move(mapping));
  return call.integer(static_cast<int32_t>(mappings.size() - 1));
}

const std::shared_ptr<Mapping>& mapping_arg(const Call& call, size_t i) {
  const int32_t id = call.i32(i);
  if (id < 0 || static_cast<size_t>(id) >= call.state->mappings.size() || !call.state->mappings[id])
    throw std::runtime_error("the file has been closed");
  return call.state->mappings[id];
}

// mapTensor(mapping, byteOffset, dtype, shape) -> handle over the mapped pages; the pages live as long as it does.
napi_value map_tensor(Call& call) {
  const std::shared_ptr<Mapping> mapping = mapping_arg(call, 0);
  const int64_t offset = call.i64(1);
  const at::ScalarType type = dtype_arg(call, 2);
  const std::vector<int64_t> sizes = call.i64s(3);
  size_t bytes = c10::elementSize(type);
  for (const int64_t size : sizes) bytes *= static_cast<size_t>(size);
  if (offset < 0 || static_cast<size_t>(offset) + bytes > mapping->bytes)
    throw std::runtime_error("reads past the end of the file");
  auto* data = static_cast<uint8_t*>(mapping->base) + offset;
  const auto options = at::TensorOptions().dtype(type);
  if (reinterpret_cast<uintptr_t>(data) % c10::elementSize(type) == 0)
    return call.handle(at::from_blob(data, sizes, [mapping](void*) {}, options));
  at::Tensor out = at::empty(sizes, options);
  if (bytes > 0) std::memcpy(out.data_ptr(), data, bytes);
  return call.handle(std::move(out));
}

napi_value unmap(Call& call) {
  mapping_arg(call, 0);
  call.state->mappings[call.i32(0)].reset();
  return nullptr;
}

}  // namespace

std::vector<Export> data_exports() {
  return {{"fromBytes", from_bytes}, {"readBytes", read_bytes},
          {"writeBytes", write_bytes}, {"item", item},
          {"shape", shape},          {"strides", strides},
          {"dtype", dtype},          {"device", device},
          {"numel", numel},          {"isContiguous", is_contiguous},
          {"sharesStorage", same_storage}, {"alias", alias},
          {"release", release},      {"releaseMany", release_many},
          {"liveTensors", live},     {"mapFile", map_file},
          {"mapTensor", map_tensor}, {"unmap", unmap}};
}

}  // namespace ironbark
