#include "capi/checks.h"

#include "core/checked.h"

namespace convlstm::capi {

void check_pointer(const char* name, const void* pointer) {
  if (pointer == nullptr) fail(CLN_NULL_ARGUMENT, name, ": expected a pointer, got NULL");
}

void check_array(const char* name, const float* data, std::int64_t count) {
  if (count != 0) check_pointer(name, data);
  if (reinterpret_cast<std::uintptr_t>(data) % alignof(float) != 0)
    fail(CLN_INVALID_ARGUMENT, name, ": expected a pointer aligned to ", alignof(float), " bytes, got ",
         static_cast<const void*>(data));
}

void check_struct_size(const char* name, std::uint32_t actual, std::size_t expected) {
  if (actual != expected)
    fail(CLN_INVALID_ARGUMENT, name, ".struct_size: expected ", expected, ", got ", actual);
}

void check_reserved(const char* name, std::int32_t value) {
  if (value != 0) fail(CLN_INVALID_ARGUMENT, name, ": expected 0, got ", value);
}

std::span<const std::int64_t> check_dims(const std::int64_t* dims, std::int32_t rank) {
  check_range("rank", rank, 0, CLN_MAX_RANK);
  if (rank != 0) check_pointer("dims", dims);
  return {dims, static_cast<std::size_t>(rank)};
}

void check_dtype(std::int32_t dtype) {
  check_enum("dtype", dtype, CLN_FLOAT32, "cln_dtype");
}

}  // namespace convlstm::capi
