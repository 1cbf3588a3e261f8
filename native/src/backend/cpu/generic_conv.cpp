#include "backend/cpu/generic_conv.h"

#include <algorithm>
#include <string>

#include "backend/cpu/product.h"
#include "backend/cpu/weight_gradient.h"

namespace convlstm::cpu {

GenericConv::GenericConv(CpuDevice& device, const ConvDesc& desc, const InputShape& shape)
    : device_(device),
      desc_(desc),
      batch_(shape.batch),
      area_(shape.size.area()),
      axes_(same_axes(desc.kernel, Size3{}, shape.size)),
      geometry_(shape.batch, shape.size, {axes_}, device.kernels.lanes),
      source_(geometry_, axes_),
      terms_(source_.offsets(desc.input_channels)),
      columns_(source_.columns(desc.input_channels)),
      transposed_terms_(source_.transposed_offsets(source_.phases().front(), desc.output_channels)) {}

std::shared_ptr<const PackedRows> GenericConv::packed(const ParameterViews& parameters, bool transposed) {
  const std::string key = std::string(transposed ? "generic backward " : "generic forward ") +
                          device_.kernels.name + source_.key();
  return parameters.packed->get<PackedRows>(key, parameters.version, [&] {
    const std::int64_t inputs = desc_.input_channels, outputs = desc_.output_channels;
    const std::int64_t elements = desc_.kernel.area(), rows = transposed ? inputs : outputs;
    const WeightRuns forward = source_.runs(inputs);
    const WeightRuns backward = source_.transposed_runs(source_.phases().front(), outputs, inputs);
    const std::int64_t row_stride = transposed ? elements : inputs * elements;
    return std::make_shared<PackedRows>(pack_rows(
        device_.pool, (rows + device_.kernels.rows - 1) / device_.kernels.rows, device_.kernels.rows,
        {transposed ? backward : forward}, [&](std::size_t, std::int64_t row) {
          return row < rows ? parameters.data[kKernel] + row * row_stride : nullptr;
        }));
  });
}

void GenericConv::pack_share(const Frames<const float>& frames, std::int64_t channels, std::int64_t t,
                             float* set, std::int64_t part, std::int64_t parts) const {
  const std::int64_t planes = channels * batch_;
  for (std::int64_t k = planes * part / parts; k < planes * (part + 1) / parts; ++k)
    source_.pack(frames.plane(t, k % batch_, k / batch_, area_), frames.pixel_stride, nullptr, set,
                 k / batch_, k % batch_);
}

template <typename Aside>
void GenericConv::run_step(const Terms& terms, const PackedRows& weights, std::int64_t inputs,
                           std::int64_t outputs, const float* bias, const Frames<float>& to, std::int64_t t,
                           const Aside& aside) {
  const Kernels& kernels = device_.kernels;
  const auto store = [&](std::int64_t block, std::int64_t vector, int vectors, float* sums) {
    const std::int64_t channel = block * kernels.rows, width = kernels.max_vectors * kernels.lanes;
    for (std::int64_t k = 0; k < std::min<std::int64_t>(kernels.rows, outputs - channel); ++k) {
      float* row = sums + k * width;
      for (std::int64_t j = 0; bias != nullptr && j < width; ++j) row[j] += bias[channel + k];
      for (int v = 0; v < vectors; ++v)
        geometry_.store_vector(row + v * kernels.lanes, vector + v,
                               to.plane(t, geometry_.image_of(vector + v), channel + k, area_),
                               to.pixel_stride);
    }
  };
  run_product(device_, geometry_.pixels(), {{terms, Terms{}}, &weights, inputs}, aside, store);
}

void GenericConv::reserve_slots(std::int64_t slots) {
  const std::int64_t count = slots * desc_.input_channels * geometry_.plane_stride();
  if (x_.count() < count) x_ = AlignedBuffer(count);
}

void GenericConv::forward(const ForwardCall& call) {
  const std::int64_t step = desc_.input_channels * geometry_.plane_stride();
  reserve_slots(2);
  const auto weights = packed(call.parameters[0], false);
  const auto slot = [&](std::int64_t t) { return x_.data() + t % 2 * step; };
  pack_share(call.x, desc_.input_channels, 0, slot(0), 0, 1);
  for (std::int64_t t = 0; t < call.steps; ++t) {
    const Terms terms{slot(t) + geometry_.origin(), terms_.data(), static_cast<std::int64_t>(terms_.size())};
    run_step(terms, *weights, desc_.input_channels, desc_.output_channels, call.parameters[0].data[kBias],
             call.y, t, [&](std::int64_t part, std::int64_t parts) {
               if (t + 1 < call.steps)
                 pack_share(call.x, desc_.input_channels, t + 1, slot(t + 1), part, parts);
             });
  }
}

void GenericConv::backward(const BackwardCall& call) {
  const std::int64_t inputs = desc_.input_channels, outputs = desc_.output_channels;
  const std::int64_t x_step = inputs * geometry_.plane_stride(), dy_step = outputs * geometry_.plane_stride();
  if (call.dy.data == nullptr) {  // no gradient comes in, so none goes out
    for (std::int64_t t = 0; call.dx.data != nullptr && t < call.steps; ++t)
      for (std::int64_t n = 0; n < batch_; ++n) std::fill_n(call.dx.image(t, n), inputs * area_, 0.0f);
    return;
  }
  const std::int64_t window = gradient_window(geometry_);
  if (dy_.count() == 0) {
    dy_ = AlignedBuffer(window * dy_step);
    ones_ = AlignedBuffer(geometry_.plane_stride());
    std::fill_n(ones_.data(), ones_.count(), 1.0f);
  }
  reserve_slots(window);
  static const std::vector<std::int64_t> one_column{0};
  const auto weights = call.dx.data != nullptr ? packed(call.parameters[0], true) : nullptr;
  for (std::int64_t first = 0; first < call.steps; first += window) {
    const std::int64_t steps = std::min(window, call.steps - first);
    const int parts = steps * (inputs + outputs) * area_ * batch_ < kSmallWork / 8 ? 1 : device_.pool.size();
    device_.pool.parallel_for(parts, [&](std::int64_t part) {
      for (std::int64_t s = 0; s < steps; ++s) {
        pack_share(call.x, inputs, first + s, x_.data() + s * x_step, part, parts);
        pack_share(call.dy, outputs, first + s, dy_.data() + s * dy_step, part, parts);
      }
    });
    add_weight_gradient(
        device_, geometry_,
        {dy_.data() + geometry_.origin(),
         geometry_.plane_stride(),
         dy_step,
         outputs,
         steps,
         {{x_.data() + geometry_.origin(), x_step, &terms_, call.gradients[0][kKernel],
           inputs * desc_.kernel.area(), &columns_},
          {ones_.data() + geometry_.origin(), 0, &one_column, call.gradients[0][kBias], 1, &one_column}}});
    for (std::int64_t s = 0; weights != nullptr && s < steps; ++s)
      run_step({dy_.data() + s * dy_step + geometry_.origin(), transposed_terms_.data(),
                static_cast<std::int64_t>(transposed_terms_.size())},
               *weights, outputs, inputs, nullptr, call.dx, first + s, nothing_aside);
  }
}

}  // namespace convlstm::cpu
