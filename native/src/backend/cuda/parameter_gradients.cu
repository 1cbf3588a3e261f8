#include "backend/cuda/parameter_gradients.h"

#include "backend/cuda/column_sums.h"
#include "cell/conv_lstm.h"

namespace convlstm::cuda {
namespace {

CLN_HOST_DEVICE inline float unscaled(double sum, const float* scale) {
  return static_cast<float>(scale != nullptr ? sum * static_cast<double>(scale[1]) : sum);
}

// A column: gate and channel, channels filled up.
struct Column {
  int gate;
  std::int32_t channel;
  CLN_HOST_DEVICE Column(std::int64_t column, const ImageGrid& grid)
      : gate(static_cast<int>(column / grid.padded)),
        channel(static_cast<std::int32_t>(column % grid.padded)) {}
};

struct BiasValue {
  SlotGradients slots;
  ImageGrid grid;
  CLN_HOST_DEVICE Sums<1> operator()(std::int64_t column, std::int64_t pixel) const {
    const Column at(column, grid);
    return {{slots.load(at.gate, pixel, at.channel)}};
  }
};

struct AddBias {
  BiasTarget targets[2];
  ImageGrid grid;
  const float* scale;
  CLN_HOST_DEVICE void operator()(std::int64_t column, const double* sums) const {
    const Column at(column, grid);
    if (at.channel >= grid.channels) return;
    for (const BiasTarget& target : targets)
      for (int gate = 0; target.gradient != nullptr && gate < target.gates.count; ++gate)
        if (target.gates.slots[gate] == at.gate)
          target.gradient[gate * grid.channels + at.channel] += unscaled(sums[0], scale);
  }
};

struct PeepholeValue {
  PeepholeGradient work;
  ImageGrid grid;

  CLN_HOST_DEVICE float product(int which, std::int64_t pixel, std::int32_t channel) const {
    const std::int64_t when = which == 2 ? pixel + work.batch * grid.area : pixel;
    return work.slots.load(which == 2 ? 3 : which, pixel, channel) * work.c[when * grid.padded + channel];
  }
  CLN_HOST_DEVICE Sums<1> operator()(std::int64_t column, std::int64_t pixel) const {
    const Column at(column, grid);
    return {{product(at.gate, pixel, at.channel)}};
  }
};

// By a gate, and times the cell state that its peephole saw.
struct BiasAndPeepholeValue {
  PeepholeGradient work;
  ImageGrid grid;
  CLN_HOST_DEVICE Sums<2> operator()(std::int64_t column, std::int64_t pixel) const {
    const Column at(column, grid);
    const float d = work.slots.load(at.gate, pixel, at.channel);
    const std::int64_t when = at.gate == conv_lstm::kO ? pixel + work.batch * grid.area : pixel;
    return {{d, d * work.c[when * grid.padded + at.channel]}};
  }
};

struct AddBiasAndPeephole {
  AddBias bias;
  float* peephole;
  CLN_HOST_DEVICE void operator()(std::int64_t column, const double* sums) const {
    bias(column, sums);
    const Column at(column, bias.grid);
    if (at.gate == conv_lstm::kG || at.channel >= bias.grid.channels) return;
    const int row = at.gate == conv_lstm::kO ? 2 : at.gate;
    peephole[row * bias.grid.channels + at.channel] += unscaled(sums[1], bias.scale);
  }
};

// The sums of rows of channels, of which there are [K] arrays.
template <int K>
struct AddRows {
  float* gradients[K];
  ImageGrid grid;
  const float* scale;
  CLN_HOST_DEVICE void operator()(std::int64_t column, const double* sums) const {
    const Column at(column, grid);
    if (at.channel >= grid.channels) return;
    for (int k = 0; k < K; ++k)
      if (gradients[k] != nullptr)
        gradients[k][at.gate * grid.channels + at.channel] += unscaled(sums[k], scale);
  }
};

struct NormValue {
  NormParameterGradient work;
  ImageGrid grid;

  // By the scale, by the shift.
  CLN_HOST_DEVICE Sums<2> of(int gate, std::int64_t pixel, std::int32_t channel) const {
    const Moments& m = work.norm.of(pixel / grid.area, gate, grid, channel);
    const float d = work.slots.load(work.gates.slots[gate], pixel, channel);
    return {{d * NormView::normalized(work.raw.load(pixel, gate, channel), m), d}};
  }
  CLN_HOST_DEVICE Sums<2> operator()(std::int64_t column, std::int64_t pixel) const {
    const Column at(column, grid);
    if (at.channel >= grid.channels) return {};
    return of(at.gate, pixel, at.channel);
  }
};

// Parameters of each pixel: a thread is a pixel, gate and channel; the sum goes over images.
template <typename Value, int K>
struct PerPixelKernel {
  Value value;
  float* gradients[K];
  ImageGrid grid;
  int gates;
  std::int64_t images;
  const float* scale;

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t columns = gates * grid.padded, p = i / columns;
    const Column at(i - p * columns, grid);
    if (at.channel >= grid.channels) return;
    double sums[K] = {};
    for (std::int64_t image = 0; image < images; ++image) {
      const Sums<K> one = value(i - p * columns, image * grid.area + p);
      for (int k = 0; k < K; ++k) sums[k] += static_cast<double>(one.value[k]);
    }
    for (int k = 0; k < K; ++k)
      if (gradients[k] != nullptr)
        gradients[k][(at.gate * grid.channels + at.channel) * static_cast<std::int64_t>(grid.area) + p] +=
            unscaled(sums[k], scale);
  }
};

struct AddKernel {
  KernelLayout layout;
  const float *packed, *scale;
  float* gradient;
  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t element = i % layout.elements, all_inputs = layout.blocks * layout.inputs;
    const std::int64_t input = i / layout.elements % all_inputs, row = i / layout.elements / all_inputs;
    const std::int64_t packed_row = row / layout.channels * layout.padded + row % layout.channels;
    const std::int64_t packed_input = input / layout.inputs * layout.inputs_padded + input % layout.inputs;
    const float value = packed[packed_row * layout.packed_row() +
                               element * layout.blocks * layout.inputs_padded + packed_input];
    gradient[i] += scale != nullptr ? value * scale[1] : value;
  }
};

}  // namespace

std::int64_t gradient_room(const ImageGrid& grid, std::int64_t images, int slots) {
  constexpr int kMostSums = 2;
  std::int64_t most = 0;
  for (int columns = 1; columns <= slots; ++columns)
    most = std::max(most, column_sums_room(columns * grid.padded, images * grid.area, kMostSums));
  return most;
}

void add_bias_gradients(Stream& stream, const GradientCall& call, const SlotGradients& slots, int slot_count,
                        const BiasTarget& bias, const BiasTarget& recurrent) {
  if (bias.gradient == nullptr && recurrent.gradient == nullptr) return;
  launch_column_sums<1>(stream, slot_count * call.grid.padded, call.images * call.grid.area,
                        BiasValue{slots, call.grid}, AddBias{{bias, recurrent}, call.grid, call.scale},
                        call.room);
}

void add_peephole_gradients(Stream& stream, const GradientCall& call, const PeepholeGradient& work) {
  constexpr int kPeepholes = 3;
  const PeepholeValue value{work, call.grid};
  const std::int64_t columns = kPeepholes * call.grid.padded;
  if (work.per_pixel)
    launch(stream, columns * call.grid.area,
           PerPixelKernel<PeepholeValue, 1>{
               value, {work.gradient}, call.grid, kPeepholes, call.images, call.scale});
  else
    launch_column_sums<1>(stream, columns, call.images * call.grid.area, value,
                          AddRows<1>{{work.gradient}, call.grid, call.scale}, call.room);
}

void add_bias_and_peephole_gradients(Stream& stream, const GradientCall& call, const PeepholeGradient& work,
                                     const BiasTarget& bias, const BiasTarget& recurrent) {
  launch_column_sums<2>(stream, conv_lstm::kGates * call.grid.padded, call.images * call.grid.area,
                        BiasAndPeepholeValue{work, call.grid},
                        AddBiasAndPeephole{{{bias, recurrent}, call.grid, call.scale}, work.gradient},
                        call.room);
}

void add_norm_gradients(Stream& stream, const GradientCall& call, const NormParameterGradient& work) {
  if (work.scale == nullptr && work.shift == nullptr) return;
  const NormValue value{work, call.grid};
  const std::int64_t columns = work.gates.count * call.grid.padded;
  if (work.per_pixel)
    launch(stream, columns * call.grid.area,
           PerPixelKernel<NormValue, 2>{
               value, {work.scale, work.shift}, call.grid, work.gates.count, call.images, call.scale});
  else
    launch_column_sums<2>(stream, columns, call.images * call.grid.area, value,
                          AddRows<2>{{work.scale, work.shift}, call.grid, call.scale}, call.room);
}

void add_kernel_gradient(Stream& stream, const KernelLayout& layout, const float* packed, const float* scale,
                         float* gradient) {
  launch(stream, layout.canonical_count(), AddKernel{layout, packed, scale, gradient});
}

}  // namespace convlstm::cuda
