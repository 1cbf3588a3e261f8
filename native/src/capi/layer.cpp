#include <algorithm>

#include "capi/checks.h"
#include "capi/firewall.h"
#include "capi/handles.h"
#include "core/checked.h"
#include "layer/description.h"

using namespace convlstm;
using namespace convlstm::capi;

namespace {

template <typename Desc>
cln_status create(cln_context* context, const Desc* desc, cln_layer** out) {
  return guarded([&] {
    const auto owner = get(context, "context");
    check_struct("desc", desc);
    check_pointer("out", out);
    const LayerDescription description = describe(*desc);
    const ContextUse use{owner.get()};
    publish(std::make_shared<Layer>(owner, description), out);
  });
}

}  // namespace

extern "C" {

cln_status cln_recurrent_desc_init(cln_recurrent_desc* desc) {
  return guarded([&] {
    check_pointer("desc", desc);
    cln_recurrent_desc defaults{};
    defaults.struct_size = sizeof defaults;
    defaults.cell = CLN_CELL_CONV_LSTM;
    defaults.rank = 2;
    defaults.layout = CLN_LAYOUT_NTCHW;
    defaults.output = CLN_OUTPUT_SEQUENCE;
    defaults.peephole = CLN_PEEPHOLE_NONE;
    defaults.bias = CLN_BIAS_ONE;
    defaults.gate_activation = CLN_GATE_ACTIVATION_SIGMOID;
    defaults.cell_activation = CLN_CELL_ACTIVATION_TANH;
    defaults.normalization = CLN_NORMALIZATION_NONE;
    defaults.norm_epsilon = 1e-5f;
    defaults.mask = CLN_MASK_NONE;
    defaults.direction = CLN_DIRECTION_FORWARD;
    defaults.merge = CLN_MERGE_CONCAT;
    defaults.layers = 1;
    defaults.storage = CLN_STORAGE_FLOAT32;
    defaults.padding = CLN_PADDING_SAME_TENSORFLOW;
    defaults.norm_group_channels = 32;
    for (auto* kernel : {defaults.input_kernel, defaults.recurrent_kernel}) std::fill_n(kernel, 3, 3);
    for (auto* ones : {defaults.input_stride, defaults.input_dilation, defaults.recurrent_dilation})
      std::fill_n(ones, 3, 1);
    *desc = defaults;
  });
}

cln_status cln_conv_desc_init(cln_conv_desc* desc) {
  return guarded([&] {
    check_pointer("desc", desc);
    cln_conv_desc defaults{};
    defaults.struct_size = sizeof defaults;
    defaults.rank = 2;
    defaults.bias = CLN_BIAS_ONE;
    std::fill_n(defaults.kernel, 3, 1);
    *desc = defaults;
  });
}

cln_status cln_recurrent_create(cln_context* context, const cln_recurrent_desc* desc, cln_layer** out) {
  return create(context, desc, out);
}

cln_status cln_conv_create(cln_context* context, const cln_conv_desc* desc, cln_layer** out) {
  return create(context, desc, out);
}

cln_status cln_layer_destroy(cln_layer* layer) {
  return guarded([&] { destroy(layer, "layer"); });
}

cln_status cln_layer_get_parameter_count(cln_layer* layer, std::int32_t* out) {
  return guarded([&] {
    const auto object = get(layer, "layer");
    check_pointer("out", out);
    const ContextUse use{&object->context()};
    *out = static_cast<std::int32_t>(object->list().size());
  });
}

cln_status cln_layer_get_parameter_info(cln_layer* layer, std::int32_t index, cln_parameter_info* out) {
  return guarded([&] {
    const auto object = get(layer, "layer");
    const ParameterShape& shape = object->shape("index", index);
    check_struct("out", out);
    const ContextUse use{&object->context()};
    cln_parameter_info info{};
    info.struct_size = sizeof info;
    info.rank = static_cast<std::int32_t>(shape.dims.size());
    std::copy(shape.dims.begin(), shape.dims.end(), info.dims);
    info.element_count = shape.count;
    info.name = shape.name.c_str();
    *out = info;
  });
}

cln_status cln_layer_set_parameter(cln_layer* layer, std::int32_t index, const float* data,
                                   std::int64_t count) {
  return guarded([&] {
    const auto object = get(layer, "layer");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->set_parameter(index, data, count);
  });
}

cln_status cln_layer_get_parameter(cln_layer* layer, std::int32_t index, float* data, std::int64_t count) {
  return guarded([&] {
    const auto object = get(layer, "layer");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->get_parameter(index, data, count);
  });
}

cln_status cln_layer_get_gradient(cln_layer* layer, std::int32_t index, float* data, std::int64_t count) {
  return guarded([&] {
    const auto object = get(layer, "layer");
    check_array("data", data, count);
    const ContextUse use{&object->context()};
    object->get_gradient(index, data, count);
  });
}

cln_status cln_layer_zero_gradients(cln_layer* layer) {
  return guarded([&] {
    const auto object = get(layer, "layer");
    const ContextUse use{&object->context()};
    object->zero_gradients();
  });
}

cln_status cln_layer_initialize(cln_layer* layer, std::uint64_t seed) {
  return guarded([&] {
    const auto object = get(layer, "layer");
    const ContextUse use{&object->context()};
    object->initialize(seed);
  });
}

}  // extern "C"
