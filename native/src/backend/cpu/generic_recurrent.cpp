#include "backend/cpu/generic_recurrent.h"

#include <algorithm>
#include <string>

#include "cell/cells.h"
#include "cell/dropout.h"

namespace convlstm::cpu {
namespace {

constexpr int kPeepholes = 3;  // i, f, o

// All convolutions of a cell over states of size `grid`; that of the input first, where there is one.
std::vector<Axes> axes_of_all(const RecurrentDesc& desc, const InputShape& shape, const Size3& grid) {
  std::vector<Axes> all{same_axes(desc.recurrent_kernel, desc.recurrent_dilation, grid)};
  if (desc.input_channels > 0) all.push_back(axes_of(desc.input, shape.size));
  return all;
}

}  // namespace

GenericRecurrent::GenericRecurrent(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape)
    : device_(device),
      desc_(desc),
      shape_(shape),
      plan_(plan_of(desc)),
      parts_(traits_of(desc.cell).state_parts),
      grid_(state_size(desc, shape.size)),
      geometry_(shape.batch, grid_, axes_of_all(desc, shape, grid_), device.kernels.lanes),
      body_(geometry_.body_stride() / shape.batch),
      vectors_(geometry_.vectors() / shape.batch),
      slots_(plan_.slots * slot_floats()) {
  for (const StagePlan& plan : plan_.stages) add_stage(plan);
  for (const bool dropped : {false, true})
    if (sums_up()) plan_sums(dropped);
  if (is_group_norm()) raw_rows_ = plan_.slots * desc_.hidden_channels;
  if (!is_layer_norm()) plane_rows_ = plan_.slots * desc_.hidden_channels;
}

void GenericRecurrent::add_stage(const StagePlan& plan) {
  Stage stage{plan, {}, {}, nullptr, moments_};
  if (is_group_norm()) {
    std::vector<int> slots;
    for (int k = 0; k < plan.slots; ++k) slots.push_back(plan.first_slot + k);
    stage.norm = std::make_unique<Normalization>(device_, geometry_, desc_.hidden_channels, slots,
                                                 desc_.norm_group_channels, desc_.norm_epsilon);
    moments_ += stage.norm->moment_count();
  }
  for (const ConvolutionPlan& convolution : plan.convolutions)
    stage.convolutions.push_back(make_convolution(convolution));
  stages_.push_back(std::move(stage));
}

GenericRecurrent::Convolution GenericRecurrent::make_convolution(const ConvolutionPlan& plan) {
  const std::int64_t F = desc_.hidden_channels;
  const CellTraits traits = traits_of(desc_.cell);
  if (auto& operation = operations_[plan.kernel]; !operation) {
    const bool is_input = plan.kernel == kInputKernel, is_mixing = plan.kernel == kMixingKernel;
    const std::int64_t rows = is_input                          ? traits.input_gates
                              : plan.kernel == kRecurrentKernel ? traits.recurrent_gates
                              : plan.kernel == kMemoryKernel    ? traits.memory_gates
                                                                : 1;
    operation = std::make_unique<PlaneConvolution>(
        device_, geometry_,
        is_input    ? axes_of(desc_.input, shape_.size)
        : is_mixing ? same_axes(Size3{}, Size3{}, grid_)
                    : same_axes(desc_.recurrent_kernel, desc_.recurrent_dilation, grid_),
        is_input                    ? desc_.input_channels
        : plan.source == kFromCells ? 2 * F
                                    : F,
        rows * F, plan.kernel, desc_.storage);
  }
  Convolution result{plan, operations_[plan.kernel].get(), {}, nullptr};
  const int gates = static_cast<int>(plan.slots.size());
  for (int gate = 0; gate < gates; ++gate) {
    const int slot = plan.slots[static_cast<std::size_t>(gate)];
    result.runs[1].push_back({gate, 1, slot, gate});
    std::vector<Run>& runs = result.runs[0];
    // Where rows are normalized before they reach their slots, they need not follow each other there.
    if (!runs.empty() && (runs.back().slot + runs.back().gates == slot || is_layer_norm()))
      ++runs.back().gates;
    else
      runs.push_back({gate, 1, slot, 0});
  }
  if (is_layer_norm()) {
    result.plane_row = plane_rows_;
    plane_rows_ += gates * F;
    if (plan.norm != kNoNorm) {
      result.norm =
          std::make_unique<Normalization>(device_, geometry_, F, plan.slots, gates * F, desc_.norm_epsilon);
      result.raw_row = raw_rows_;
      raw_rows_ += gates * F;
      result.moments = moments_;
      moments_ += result.norm->moment_count();
    }
  }
  return result;
}

GenericTape GenericRecurrent::tape(std::int64_t steps, bool training) const {
  const auto bytes = [](std::int64_t floats) { return static_cast<std::size_t>(floats) * sizeof(float); };
  const std::int64_t kept = training ? steps : 1, states = training ? steps + 1 : 1;
  GenericTape tape;
  for (const Stage& stage : stages_)
    for (const Convolution& c : stage.convolutions) {
      const std::size_t copies = rate_of(c.plan.source) > 0 ? c.plan.slots.size() : 1;
      tape.sources[c.plan.source] = {copies * c.operation->source_bytes(), kept};
    }
  tape.hidden = {bytes(slot_floats()), plan_.keeps_hidden ? states : 1};
  tape.cells = {bytes((parts_ - 1) * slot_floats()), states};
  const bool is_half = desc_.storage == CLN_STORAGE_BFLOAT16;
  if (training) tape.gates = {bytes(plan_.gates * slot_floats()) / (is_half ? 2 : 1), kept};
  tape.raw = {bytes(raw_rows_ * geometry_.body_stride()), kept};
  tape.moments = {static_cast<std::size_t>(moments_) * sizeof(Moments), kept};
  return tape;
}

std::size_t GenericRecurrent::workspace_bytes() const {
  std::size_t bytes = 0;
  for (const AlignedBuffer* buffer :
       {&inference_tape_, &slots_, &panels_, &slot_gradients_, &state_gradients_, &reset_gradients_,
        &row_gradients_, &source_gradients_, &peephole_gradients_, &planes_})
    bytes += buffer->bytes();
  for (const AlignedBuffer& buffer : pixel_totals_) bytes += buffer.bytes();
  for (const auto& factors : factors_) bytes += factors.size() * sizeof(float);
  for (const auto& operation : operations_) bytes += operation ? operation->workspace_bytes() : 0;
  return bytes;
}

std::shared_ptr<const GenericRecurrent::Constants> GenericRecurrent::constants_of(
    const ParameterViews& parameters) const {
  std::string key = "generic constants";
  for (const std::int64_t size : {body_, geometry_.layout().pitch, geometry_.layout().slice})
    key += ' ' + std::to_string(size);
  return parameters.packed->get<Constants>(key, parameters.version, [&] {
    const std::int64_t F = desc_.hidden_channels;
    auto result = std::make_shared<Constants>();
    result->sum_bias.assign(static_cast<std::size_t>(plan_.slots * F), 0.0f);
    result->norm_offset = result->sum_bias;
    std::vector<float>& bias = is_group_norm() ? result->norm_offset : result->sum_bias;
    const auto add = [&](const float* from, const std::vector<int>& slots) {
      for (std::size_t gate = 0; from != nullptr && gate < slots.size(); ++gate)
        for (std::int64_t k = 0; k < F; ++k)
          bias[static_cast<std::size_t>(slots[gate] * F + k)] +=
              from[static_cast<std::int64_t>(gate) * F + k];
    };
    add(parameters.data[kGateBias], plan_.bias_slots);
    add(parameters.data[kRecurrentBias], plan_.recurrent_bias_slots);
    for (const int slot : plan_.forget_slots)
      for (std::int64_t k = 0; k < F; ++k)
        result->sum_bias[static_cast<std::size_t>(slot * F + k)] += desc_.forget_bias;

    const auto pack_pixels = [&](std::size_t place, std::int64_t rows) {
      AlignedBuffer& bodies = result->pixels[place] = AlignedBuffer(rows * body_);
      for (std::int64_t row = 0; row < rows; ++row)
        geometry_.pack_body(parameters.data[place] + row * grid_.area(), bodies.data(), row);
    };
    if (desc_.peephole == CLN_PEEPHOLE_PER_PIXEL) pack_pixels(kPeephole, kPeepholes * F);
    const CellTraits traits = traits_of(desc_.cell);
    if (!is_layer_norm()) return result;
    for (std::size_t part = 0; part < 2; ++part) {
      if (desc_.input_channels > 0) pack_pixels(kInputNormScale + part, traits.input_gates * F);
      pack_pixels(kRecurrentNormScale + part, traits.recurrent_gates * F);
      if (traits.memory_gates == 0) continue;
      pack_pixels(kMemoryNormScale + part, traits.memory_gates * F);
      pack_pixels(kOutputNormScale + part, F);
    }
    return result;
  });
}

NormParameters GenericRecurrent::norm_parameters(const Call& call, std::size_t scale,
                                                 std::int64_t row) const {
  if (is_group_norm())
    return {call.constants->norm_offset.data() + row, call.parameters.data[scale] + row,
            call.parameters.data[scale + 1] + row, false};
  const auto& pixels = call.constants->pixels;
  return {nullptr, pixels[scale].data() + row * body_, pixels[scale + 1].data() + row * body_, true};
}

// Constant over time, so they are made once a call.
void GenericRecurrent::make_factors(const SequenceCall& call) {
  for (const Stage& stage : stages_)
    for (const Convolution& c : stage.convolutions) {
      const Source source = c.plan.source;
      if (!is_dropped(call, source)) continue;
      const std::int64_t channels = source == kFromInput ? desc_.input_channels : desc_.hidden_channels;
      const std::int64_t image = source == kFromInput ? shape_.size.area() : grid_.area();
      const std::int64_t planes = shape_.batch * channels;
      const auto gates = static_cast<std::int64_t>(c.plan.slots.size());
      factors_[source].resize(static_cast<std::size_t>(gates * planes * image));
      for_parts(gates * planes, [&](std::int64_t part) {
        const std::int64_t gate = c.plan.first_gate + part / planes, first = part % planes * image;
        for (std::int64_t k = 0; k < image; ++k)
          factors_[source][static_cast<std::size_t>(part * image + k)] = dropout::factor(
              call.dropout.seed, source == kFromInput ? dropout::kInput : dropout::kRecurrent,
              static_cast<std::uint64_t>(gate), static_cast<std::uint64_t>(first + k), rate_of(source));
      });
    }
}

const float* GenericRecurrent::factors(const SequenceCall& call, Source source, int copy) const {
  if (!is_dropped(call, source)) return nullptr;
  const std::int64_t images =
      source == kFromInput ? desc_.input_channels * shape_.size.area() : desc_.hidden_channels * grid_.area();
  return factors_[source].data() + copy * shape_.batch * images;
}

}  // namespace convlstm::cpu
