#include "backend/cuda/packed_weights.h"

#include <string>

#include "backend/cuda/launch.h"
#include "cell/cells.h"

namespace convlstm::cuda {
namespace {

constexpr std::size_t kKernels[] = {kInputKernel, kRecurrentKernel, kMemoryKernel, kOutputKernel,
                                    kMixingKernel};
constexpr std::size_t kTables[] = {kPeephole,           kNormScale,       kNormShift,
                                   kInputNormScale,     kInputNormShift,  kRecurrentNormScale,
                                   kRecurrentNormShift, kMemoryNormScale, kMemoryNormShift,
                                   kOutputNormScale,    kOutputNormShift};

struct PackKernel {
  KernelLayout layout;
  const float* canonical;
  void* packed;
  Element element;

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t inputs = layout.blocks * layout.inputs_padded;
    const std::int64_t input = i % inputs, place = i / inputs % layout.elements,
                       row = i / inputs / layout.elements;
    const std::int64_t channel = row % layout.padded, in = input % layout.inputs_padded;
    float value = 0;
    if (channel < layout.channels && in < layout.inputs) {
      const std::int64_t from_row = row / layout.padded * layout.channels + channel;
      const std::int64_t from_input = input / layout.inputs_padded * layout.inputs + in;
      value = canonical[(from_row * layout.blocks * layout.inputs + from_input) * layout.elements + place];
    }
    store_element(packed, i, value, element);
  }
};

struct PackTable {
  ImageGrid grid;
  std::int64_t rows, pixels;
  const float* canonical;  // [row][channel][pixel]
  float* packed;           // [pixel][row][padded]

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t channel = i % grid.padded, row = i / grid.padded % rows,
                       pixel = i / grid.padded / rows;
    packed[i] = channel < grid.channels ? canonical[(row * grid.channels + channel) * pixels + pixel] : 0.0f;
  }
};

struct BiasFrom {
  const float* data;
  GateSlots gates;
};

struct PackBias {
  ImageGrid grid;
  BiasFrom from[2];
  bool is_forget[kMaxGates];
  float forget_bias;
  bool is_before_norm;  // the biases go into the offset
  float *bias, *norm_offset;

  CLN_HOST_DEVICE void operator()(std::int64_t i) const {
    const std::int64_t channel = i % grid.padded, slot = i / grid.padded;
    float sum = 0;
    const bool is_channel = channel < grid.channels;
    for (const BiasFrom& b : from)
      for (int gate = 0; b.data != nullptr && is_channel && gate < b.gates.count; ++gate)
        if (b.gates.slots[gate] == slot) sum += b.data[gate * grid.channels + channel];
    const float forget = is_channel && is_forget[slot] ? forget_bias : 0.0f;
    bias[i] = is_before_norm ? forget : sum + forget;
    norm_offset[i] = is_before_norm ? sum : 0.0f;
  }
};

std::size_t rounded(std::int64_t bytes) {
  return (static_cast<std::size_t>(bytes) + 255) / 256 * 256;
}

std::int64_t gates_of(const RecurrentDesc& desc, std::size_t place) {
  const CellTraits traits = traits_of(desc.cell);
  switch (place) {
    case kPeephole:
      return desc.peephole != CLN_PEEPHOLE_NONE ? 3 : 0;
    case kNormScale:
    case kNormShift:
      return desc.normalization == CLN_NORMALIZATION_GROUP ? traits.input_gates : 0;
    default:
      break;
  }
  const bool is_kernel = place <= kMixingKernel;
  if (!is_kernel && desc.normalization != CLN_NORMALIZATION_LAYER) return 0;
  if (place == kInputKernel || place == kInputNormScale || place == kInputNormShift)
    return desc.input_channels > 0 ? traits.input_gates : 0;
  if (place == kRecurrentKernel || place == kRecurrentNormScale || place == kRecurrentNormShift)
    return traits.recurrent_gates;
  if (traits.memory_gates == 0) return 0;
  return place == kMemoryKernel || place == kMemoryNormScale || place == kMemoryNormShift
             ? traits.memory_gates
             : 1;
}

bool is_per_pixel(const RecurrentDesc& desc, std::size_t place) {
  if (place == kPeephole) return desc.peephole == CLN_PEEPHOLE_PER_PIXEL;
  return place != kNormScale && place != kNormShift;
}

}  // namespace

KernelLayout kernel_layout(const RecurrentDesc& desc, std::size_t kernel, std::int64_t multiple) {
  KernelLayout layout{};
  layout.gates = gates_of(desc, kernel);
  if (layout.gates == 0) return layout;
  layout.channels = desc.hidden_channels;
  layout.padded = padded_channels(layout.channels, multiple);
  layout.blocks = kernel == kOutputKernel || kernel == kMixingKernel ? 2 : 1;
  layout.inputs = kernel == kInputKernel ? desc.input_channels : desc.hidden_channels;
  layout.inputs_padded = padded_channels(layout.inputs, multiple);
  layout.elements = kernel == kInputKernel    ? desc.input.kernel.area()
                    : kernel == kMixingKernel ? 1
                                              : desc.recurrent_kernel.area();
  return layout;
}

PackedWeights::PackedWeights(std::shared_ptr<Device> device, const RecurrentDesc& desc, const CellPlan& plan,
                             const ImageGrid& grid, Element element, Parts parts)
    : device_(std::move(device)), desc_(desc), plan_(plan), grid_(grid), element_(element) {
  std::size_t bytes = 0;
  const auto take = [&](std::int64_t count) {
    const std::size_t offset = bytes;
    bytes += rounded(count * 4);
    return offset;
  };
  for (const std::size_t place : kKernels) {
    if (parts == Parts::kAll) kernels_[place] = kernel_layout(desc, place, channel_multiple(element));
    kernel_offsets_[place] = take(kernels_[place].packed_count());
  }
  for (const std::size_t place : kTables) {
    Table& table = tables_[place];
    table.rows = gates_of(desc, place);
    table.pixels = is_per_pixel(desc, place) ? grid.area : 1;
    table.offset = take(table.rows * table.pixels * grid.padded);
  }
  bias_ = take(plan.slots * grid.padded);
  norm_offset_ = take(plan.slots * grid.padded);
  memory_ = DeviceMemory(device_, bytes);
}

std::shared_ptr<const PackedWeights> PackedWeights::of(const ParameterViews& parameters,
                                                       const std::shared_ptr<Device>& device,
                                                       const RecurrentDesc& desc, const CellPlan& plan,
                                                       const ImageGrid& grid, Element element, Parts parts) {
  const std::string key = std::string("cuda ") + (parts == Parts::kAll ? "stepwise " : "tables ") +
                          std::to_string(reinterpret_cast<std::uintptr_t>(device.get())) + ' ' +
                          std::to_string(grid.area) + ' ' + std::to_string(static_cast<int>(element));
  // Not of a version: refresh() looks at it.
  return parameters.packed->get<PackedWeights>(
      key, 0, [&] { return std::make_shared<PackedWeights>(device, desc, plan, grid, element, parts); });
}

const void* PackedWeights::kernel(std::size_t kernel, std::int64_t first_gate) const {
  const KernelLayout& layout = kernels_[kernel];
  const std::int64_t elements = first_gate * layout.padded * layout.packed_row();
  return memory_.as<char>() + kernel_offsets_[kernel] +
         static_cast<std::size_t>(elements) * bytes_of(element_);
}

const float* PackedWeights::table(std::size_t place, std::int64_t first_row) const {
  return rows(tables_[place].offset, first_row);
}

void pack_kernel(Stream& stream, const KernelLayout& layout, const float* canonical, void* packed,
                 Element element) {
  launch(stream, layout.packed_count(), PackKernel{layout, canonical, packed, element});
}

void PackedWeights::pack_bias(const ParameterViews& parameters) const {
  PackBias work{};
  work.grid = grid_;
  work.from[0] = {parameters.data[kGateBias], GateSlots(plan_.bias_slots)};
  work.from[1] = {parameters.data[kRecurrentBias], GateSlots(plan_.recurrent_bias_slots)};
  for (const int slot : plan_.forget_slots) work.is_forget[slot] = true;
  work.forget_bias = desc_.forget_bias;
  work.is_before_norm = desc_.normalization == CLN_NORMALIZATION_GROUP;
  work.bias = const_cast<float*>(bias(0));  // this fills them
  work.norm_offset = const_cast<float*>(norm_offset(0));
  launch(device_->stream, plan_.slots * grid_.padded, work);
}

void PackedWeights::refresh(const ParameterViews& parameters) const {
  const std::scoped_lock lock(mutex_);
  if (is_filled_ && version_ == parameters.version) return;
  Stream& stream = device_->stream;
  is_filled_ = false;
  for (const std::size_t place : kKernels)
    if (kernels_[place].gates > 0)
      pack_kernel(stream, kernels_[place], parameters.data[place],
                  memory_.as<char>() + kernel_offsets_[place], element_);
  for (const std::size_t place : kTables) {
    const Table& table = tables_[place];
    if (table.rows > 0)
      launch(stream, table.rows * table.pixels * grid_.padded,
             PackTable{grid_, table.rows, table.pixels, parameters.data[place],
                       reinterpret_cast<float*>(memory_.as<char>() + table.offset)});
  }
  pack_bias(parameters);
  is_filled_ = true;
  version_ = parameters.version;
}

}  // namespace convlstm::cuda
