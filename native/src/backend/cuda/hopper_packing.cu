#include <string>

#include "backend/cuda/hopper_plan.h"
#include "backend/cuda/launch.h"
#include "backend/cuda/tensor_ops.h"

namespace convlstm::cuda {
namespace {

struct PackHopper {
  HopperPart x, h;
  const float *x_kernel, *h_kernel;  // OIHW, gates i f g o
  std::int32_t hidden, columns, sets, element_bytes;
  std::int32_t unrolled_channels;  // of x; 0: it is not
  Element element;
  void* packed;  // [stage][set][column] of kHopperStageBytes

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t numbers = kHopperStageBytes / element_bytes, row = i / numbers, in_row = i % numbers;
    const std::int64_t column = row % columns, set = row / columns % sets, stage = row / columns / sets;
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
          (is_x
               ? x_kernel
               : h_kernel)[(gate * hidden + channel) * part.inputs * part.taps +
                           (is_x && unrolled_channels > 0 ? place_unrolled(input) : input * part.taps + tap)];
    if (sets > 1) {  // high and low
      const float high = float_of(to_tf32(bits_of(value)));
      value = set == 0 ? high : float_of(to_tf32(bits_of(value - high)));
    }
    store_element(packed, i, value, element);
  }

 private:
  // Where number `input` of an unrolled pixel is among the channels and elements of the kernel.
  CLN_HOST_DEVICE std::int64_t place_unrolled(std::int64_t input) const {
    const std::int64_t taps = x.inputs / unrolled_channels;
    return input % unrolled_channels * taps + input / unrolled_channels;
  }
};

}  // namespace

FusedPacking packing_of(const HopperPlan& plan, Element element) {
  const auto bytes = std::int64_t{plan.stages()} * plan.sets * plan.columns * kHopperStageBytes;
  PackHopper work{plan.x,
                  plan.h,
                  nullptr,
                  nullptr,
                  plan.hidden,
                  plan.columns,
                  plan.sets,
                  static_cast<std::int32_t>(bytes_of(element)),
                  plan.unrolled_channels,
                  element,
                  nullptr};
  return {"stages of pieces " + std::to_string(plan.sets) + ' ' + std::to_string(plan.unrolled_channels) +
              ' ' + std::to_string(plan.columns),
          static_cast<std::size_t>(bytes),
          [work, bytes](Stream& stream, const float* x, const float* h, void* packed) mutable {
            work.x_kernel = x;
            work.h_kernel = h;
            work.packed = packed;
            launch(stream, bytes / work.element_bytes, work);
          }};
}

}  // namespace convlstm::cuda
