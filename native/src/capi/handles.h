// Handles. A handle is a name, not an address: it carries a tag, the kind of its object and a number that is
// never used again, and a table of the living leads to the object. So any value at all may be passed in as a
// handle, one of a destroyed object is always told from a live one, and destroying races with nothing.
#pragma once

#include <cstdint>
#include <memory>

#include "convlstm_native.h"
#include "layer/context.h"
#include "layer/layer.h"
#include "layer/optimizer.h"
#include "layer/reserve.h"
#include "layer/session.h"
#include "layer/state.h"
#include "layer/tensor.h"

namespace convlstm::capi {

template <typename Handle>
struct HandleKind;
template <typename T, cln_object_kind K>
struct Names {
  using Object = T;
  static constexpr cln_object_kind kind = K;
};
template <>
struct HandleKind<cln_context> : Names<Context, CLN_OBJECT_CONTEXT> {};
template <>
struct HandleKind<cln_tensor> : Names<Tensor, CLN_OBJECT_TENSOR> {};
template <>
struct HandleKind<cln_layer> : Names<Layer, CLN_OBJECT_LAYER> {};
template <>
struct HandleKind<cln_state> : Names<State, CLN_OBJECT_STATE> {};
template <>
struct HandleKind<cln_session> : Names<Session, CLN_OBJECT_SESSION> {};
template <>
struct HandleKind<cln_reserve> : Names<Reserve, CLN_OBJECT_RESERVE> {};
template <>
struct HandleKind<cln_optimizer> : Names<Optimizer, CLN_OBJECT_OPTIMIZER> {};

template <typename Handle>
using ObjectOf = typename HandleKind<Handle>::Object;

namespace table {
void* add(cln_object_kind kind, std::shared_ptr<void> object);
// CLN_NULL_ARGUMENT or CLN_INVALID_HANDLE, naming the argument, where it leads to no object of the kind.
std::shared_ptr<void> find(cln_object_kind kind, const void* handle, const char* argument);
// The same, and the handle leads nowhere from now on.
std::shared_ptr<void> remove(cln_object_kind kind, const void* handle, const char* argument);
}  // namespace table

// The object of a handle, kept alive while the result lives.
template <typename Handle>
std::shared_ptr<ObjectOf<Handle>> get(Handle* handle, const char* argument) {
  return std::static_pointer_cast<ObjectOf<Handle>>(table::find(HandleKind<Handle>::kind, handle, argument));
}

// The same for a handle that may be null.
template <typename Handle>
std::shared_ptr<ObjectOf<Handle>> get_nullable(Handle* handle, const char* argument) {
  return handle == nullptr ? nullptr : get(handle, argument);
}

template <typename Handle>
void publish(std::shared_ptr<ObjectOf<Handle>> object, Handle** out) {
  *out = static_cast<Handle*>(table::add(HandleKind<Handle>::kind, std::move(object)));
}

// Frees the object too, unless a call or another object still uses it.
template <typename Handle>
void destroy(Handle* handle, const char* argument) {
  if (handle != nullptr) table::remove(HandleKind<Handle>::kind, handle, argument);
}

}  // namespace convlstm::capi
