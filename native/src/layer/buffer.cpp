#include "layer/buffer.h"

namespace convlstm {

Buffer::Buffer(const std::shared_ptr<Backend>& backend, cln_object_kind kind, std::int64_t bytes)
    : memory_(backend->allocate(static_cast<std::size_t>(bytes)), Release{backend}), counted_(kind) {
  counted_.set(bytes);
}

Buffer Buffer::of_floats(const std::shared_ptr<Backend>& backend, cln_object_kind kind, std::int64_t count) {
  return Buffer(backend, kind, count * static_cast<std::int64_t>(sizeof(float)));
}

}  // namespace convlstm
