#include "backend/cuda/fused_backward_weights.h"

#include <string>

#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

struct PackTransposed {
  TransposedPart part;
  const float* kernel;  // OIHW, gates i f g o
  std::int32_t vector_channels;
  Element element;
  void* packed;  // [stage][column][vector][channel]

  std::int64_t count() const {
    return static_cast<std::int64_t>(part.stages) * part.columns * kStageVectors * vector_channels;
  }
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    std::int64_t rest = i / vector_channels;
    const std::int64_t vector_of_stage = rest % kStageVectors;
    rest /= kStageVectors;
    const std::int64_t column = rest % part.columns;
    const std::int64_t vector = rest / part.columns * kStageVectors + vector_of_stage;
    const std::int64_t tap = vector / (4 * part.vectors), gate = vector / part.vectors % 4,
                       channel = vector % part.vectors * vector_channels + i % vector_channels;
    float value = 0;
    if (tap < part.taps && column < part.channels && channel < part.hidden)
      value = kernel[((gate * part.hidden + channel) * part.channels + column) * part.taps + tap];
    store_element(packed, i, value, element);
  }
};

struct AddKernelSums {
  KernelSums work;
  std::int64_t valid_columns;

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t row = i / valid_columns, column = i - row * valid_columns;
    const std::int64_t vector = column / work.vector_channels, x_vectors = work.x.stages * kStageVectors;
    const bool is_x = vector < x_vectors;
    const FusedPart& part = is_x ? work.x : work.h;
    float* const gradient = is_x ? work.x_gradient : work.h_gradient;
    const std::int64_t of_part = is_x ? vector : vector - x_vectors, tap = of_part / part.vectors;
    const std::int64_t input = of_part % part.vectors * work.vector_channels + column % work.vector_channels;
    const std::int64_t gate = row / work.padded, channel = row - gate * work.padded;
    if (gradient == nullptr || tap >= part.taps || input >= part.inputs || channel >= work.hidden) return;
    float sum = 0;
    for (std::int64_t k = 0; k < work.parts; ++k)
      sum += work.sums[(k * work.row_count + row) * work.column_count + column];
    gradient[((gate * work.hidden + channel) * part.inputs + input) * part.taps + tap] +=
        work.scale != nullptr ? sum * work.scale[1] : sum;
  }
};

std::size_t bytes_of(const TransposedPart& part) {
  return static_cast<std::size_t>(part.stages) * static_cast<std::size_t>(part.columns) * kStageVectors *
         kVectorBytes;
}

}  // namespace

std::size_t hidden_kernel_offset(const FusedBackwardPlan& plan) {
  return bytes_of(plan.x);
}

FusedPacking packing_of(const FusedBackwardPlan& plan, Element element) {
  const auto vector_channels = static_cast<std::int32_t>(kVectorBytes / cuda::bytes_of(element));
  const TransposedPart of_x = plan.x, of_h = plan.h;
  return {"turned around " + std::to_string(plan.x.columns) + ' ' + std::to_string(plan.h.columns),
          bytes_of(of_x) + bytes_of(of_h),
          [=](Stream& stream, const float* x_kernel, const float* h_kernel, void* packed) {
            const PackTransposed x{of_x, x_kernel, vector_channels, element, packed};
            const PackTransposed h{of_h, h_kernel, vector_channels, element,
                                   static_cast<char*>(packed) + bytes_of(of_x)};
            for (const PackTransposed& part : {x, h}) launch(stream, part.count(), part);
          }};
}

void add_kernel_sums(Stream& stream, const KernelSums& work) {
  const std::int64_t columns =
      static_cast<std::int64_t>(work.x.stages + work.h.stages) * kStageVectors * work.vector_channels;
  launch(stream, 4 * static_cast<std::int64_t>(work.padded) * columns, AddKernelSums{work, columns});
}

}  // namespace convlstm::cuda
