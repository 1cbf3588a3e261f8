// Tensors as the arguments of a run.
#pragma once

#include <memory>

#include "layer/session.h"
#include "layer/tensor.h"

namespace convlstm::capi {

template <typename Object>
Context* context_of(const std::shared_ptr<Object>& object) {
  return object != nullptr ? &object->context() : nullptr;
}

inline Operand<const float> read(const char* name, const std::shared_ptr<Tensor>& tensor) {
  if (tensor == nullptr) return {name, nullptr, 0, false};
  return {name, tensor->data(), tensor->count(), true};
}

inline Operand<float> written(const char* name, const std::shared_ptr<Tensor>& tensor) {
  if (tensor == nullptr) return {name, nullptr, 0, false};
  return {name, tensor->data(), tensor->count(), true};
}

// Memory of the caller. `name` is that of the count, which is what can be wrong with it.
template <typename T>
Operand<T> of_host(const char* name, T* data, std::int64_t count) {
  return {name, data, count, data != nullptr || count != 0};
}

}  // namespace convlstm::capi
