#include <string>

#include "backend/cuda/hopper_plan.h"
#include "backend/cuda/launch.h"

namespace convlstm::cuda {
namespace {

struct PackHopper {
  HopperPart x, h;
  const float *x_kernel, *h_kernel;  // OIHW, gates i f g o
  std::int32_t hidden, columns, element_bytes;
  Element element;
  void* packed;  // [stage][column] of kHopperStageBytes

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t numbers = kHopperStageBytes / element_bytes, row = i / numbers, in_row = i % numbers;
    const std::int64_t column = row % columns, stage = row / columns;
    const bool is_x = stage < x.stages;
    const HopperPart& part = is_x ? x : h;
    const std::int64_t of_piece = (1 << part.span_bits) / element_bytes;
    const std::int64_t piece = (is_x ? stage : stage - x.stages) * part.stage_pieces() + in_row / of_piece;
    const std::int64_t tap = piece / part.pieces, input = piece % part.pieces * of_piece + in_row % of_piece;
    const std::int64_t gate = column % kGroupColumns / kGroupChannels,
                       channel = column / kGroupColumns * kGroupChannels + column % kGroupChannels;
    float value = 0;
    if (tap < part.taps && input < part.inputs && channel < hidden)
      value =
          (is_x ? x_kernel : h_kernel)[((gate * hidden + channel) * part.inputs + input) * part.taps + tap];
    store_element(packed, i, value, element);
  }
};

}  // namespace

FusedPacking packing_of(const HopperPlan& plan, Element element) {
  const auto bytes = std::int64_t{plan.stages()} * plan.columns * kHopperStageBytes;
  PackHopper work{plan.x,
                  plan.h,
                  nullptr,
                  nullptr,
                  plan.hidden,
                  plan.columns,
                  static_cast<std::int32_t>(bytes_of(element)),
                  element,
                  nullptr};
  return {"stages of pieces " + std::to_string(plan.columns), static_cast<std::size_t>(bytes),
          [work, bytes](Stream& stream, const float* x, const float* h, void* packed) mutable {
            work.x_kernel = x;
            work.h_kernel = h;
            work.packed = packed;
            launch(stream, bytes / work.element_bytes, work);
          }};
}

}  // namespace convlstm::cuda
