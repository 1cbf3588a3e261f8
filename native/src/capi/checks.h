// What every C function checks of its arguments before it translates them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "backend/executor.h"
#include "convlstm_native.h"

namespace convlstm::capi {

// CLN_NULL_ARGUMENT.
void check_pointer(const char* name, const void* pointer);

// Pointers to `count` floats: not null unless there are none, and aligned.
void check_array(const char* name, const float* data, std::int64_t count);

void check_struct_size(const char* name, std::uint32_t actual, std::size_t expected);

// A struct of the caller: not null, and of the size that this library knows.
template <typename Struct>
void check_struct(const char* name, const Struct* value) {
  check_pointer(name, value);
  check_struct_size(name, value->struct_size, sizeof(Struct));
}

void check_reserved(const char* name, std::int32_t value);

// `rank` sizes; null where the rank is 0.
std::span<const std::int64_t> check_dims(const std::int64_t* dims, std::int32_t rank);

void check_dtype(std::int32_t dtype);

}  // namespace convlstm::capi
