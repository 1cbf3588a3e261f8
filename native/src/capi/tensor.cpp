#include <algorithm>

#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"
#include "core/checked.h"

using namespace convlstm;
using namespace convlstm::capi;

extern "C" {

cln_status cln_tensor_create(cln_context* context, std::int32_t dtype, const std::int64_t* dims,
                             std::int32_t rank, cln_tensor** out) {
  return guarded([&] {
    const auto owner = get(context, "context");
    check_dtype(dtype);
    const auto sizes = check_dims(dims, rank);
    check_pointer("out", out);
    const ContextUse use{owner.get()};
    publish(std::make_shared<Tensor>(owner, sizes), out);
  });
}

cln_status cln_tensor_borrow(cln_context* context, std::int32_t dtype, const std::int64_t* dims,
                             std::int32_t rank, float* data, std::int64_t element_count, cln_tensor** out) {
  return guarded([&] {
    const auto owner = get(context, "context");
    check_dtype(dtype);
    const auto sizes = check_dims(dims, rank);
    check_array("data", data, element_count);
    check_pointer("out", out);
    const ContextUse use{owner.get()};
    publish(std::make_shared<Tensor>(owner, sizes, data, element_count), out);
  });
}

cln_status cln_tensor_destroy(cln_tensor* tensor) {
  return guarded([&] { destroy(tensor, "tensor"); });
}

cln_status cln_tensor_get_info(cln_tensor* tensor, cln_tensor_info* out) {
  return guarded([&] {
    const auto object = get(tensor, "tensor");
    check_struct("out", out);
    const ContextUse use{&object->context()};
    cln_tensor_info info{};
    info.struct_size = sizeof info;
    info.dtype = CLN_FLOAT32;
    info.device_kind = object->context().backend().device_kind();
    info.rank = static_cast<std::int32_t>(object->dims().size());
    std::copy(object->dims().begin(), object->dims().end(), info.dims);
    info.element_count = object->count();
    info.is_borrowed = object->is_borrowed() ? 1 : 0;
    *out = info;
  });
}

cln_status cln_tensor_get_data(cln_tensor* tensor, float** out) {
  return guarded([&] {
    const auto object = get(tensor, "tensor");
    check_pointer("out", out);
    const ContextUse use{&object->context()};
    if (object->context().backend().device_kind() != CLN_DEVICE_CPU)
      fail(CLN_UNSUPPORTED, "tensor: expected one on the CPU, got one on another device");
    *out = object->data();
  });
}

cln_status cln_tensor_upload(cln_tensor* tensor, const float* data, std::int64_t count) {
  return guarded([&] {
    const auto object = get(tensor, "tensor");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->upload(data, count);
  });
}

cln_status cln_tensor_download(cln_tensor* tensor, float* data, std::int64_t count) {
  return guarded([&] {
    const auto object = get(tensor, "tensor");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->download(data, count);
  });
}

cln_status cln_tensor_fill(cln_tensor* tensor, float value) {
  return guarded([&] {
    const auto object = get(tensor, "tensor");
    const ContextUse use{&object->context()};
    object->fill(value);
  });
}

cln_status cln_tensor_sigmoid(cln_tensor* tensor) {
  return guarded([&] {
    const auto object = get(tensor, "tensor");
    const ContextUse use{&object->context()};
    object->sigmoid();
  });
}

cln_status cln_tensor_add(cln_tensor* tensor, cln_tensor* other) {
  return guarded([&] {
    const auto sum = get(tensor, "tensor");
    const auto term = get(other, "other");
    const ContextUse use{&sum->context(), &term->context()};
    sum->add(*term);
  });
}

cln_status cln_tensor_copy_channels(cln_tensor* source, std::int64_t from, std::int64_t count,
                                    cln_tensor* destination, std::int64_t to) {
  return guarded([&] {
    const auto read = get(source, "source");
    const auto written = get(destination, "destination");
    const ContextUse use{&read->context(), &written->context()};
    copy_channels(*read, from, count, *written, to);
  });
}

}  // extern "C"
