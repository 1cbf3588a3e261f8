#include "backend/cpu/winograd_fused.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/winograd_weights.h"
#include "cell/conv_lstm.h"
#include "core/turns.h"

namespace convlstm::cpu {
namespace {

bool is_odd_up_to(const Size3& kernel, std::int64_t most) {
  return kernel.d == 1 && kernel.h % 2 == 1 && kernel.w % 2 == 1 && kernel.h <= most && kernel.w <= most;
}

std::string text_of(const Size3& size) {
  const std::string plane = std::to_string(size.h) + 'x' + std::to_string(size.w);
  return size.d > 1 ? std::to_string(size.d) + 'x' + plane : plane;
}

}  // namespace

Verdict supports_winograd_fused(const LayerDesc& layer, const InputShape& shape) {
  if (Verdict verdict = supports_direct_fused(layer, shape); !verdict) return verdict;
  if (shape.size.d != 1) return {"volumes"};
  const auto& desc = std::get<RecurrentDesc>(layer);
  if (desc.storage != CLN_STORAGE_FLOAT32) return {"bfloat16 storage"};
  const std::int64_t taps = desc.recurrent_kernel.h;
  if (desc.recurrent_kernel != Size3{taps, taps} || (taps != 3 && taps != 5))
    return {"recurrent kernel " + text_of(desc.recurrent_kernel) + ": tiles exist for 3x3 and 5x5"};
  if (desc.recurrent_dilation != Size3{1, 1}) return {"recurrent dilation"};
  if (desc.input_channels == 0) return {};
  if (desc.input.padding != CLN_PADDING_SAME_TENSORFLOW && desc.input.padding != CLN_PADDING_SAME_PYTORCH)
    return {"padding of the input that is not same"};
  if (desc.input.stride != Size3{1, 1}) return {"input stride"};
  if (desc.input.dilation != Size3{1, 1}) return {"input dilation"};
  if (!is_odd_up_to(desc.input.kernel, taps))
    return {"input kernel " + text_of(desc.input.kernel) + ": even, or larger than the recurrent one"};
  return {};
}

Verdict suits_winograd_fused(const LayerDesc& layer, const InputShape& shape) {
  const auto& desc = std::get<RecurrentDesc>(layer);
  constexpr int kLanes = 16;
  if (desc.hidden_channels < kLanes)
    return {std::to_string(desc.hidden_channels) + " hidden channels: fewer than " + std::to_string(kLanes)};
  // Multiplications that it saves, edges of tiles and empty lanes counted. Measured, training is the slower
  // one below about 3 of 3x3 kernels and 5 of 5x5.
  const WinogradPlan plan = plan_winograd(desc, shape, kLanes);
  const double direct = static_cast<double>(plan.taps * plan.taps * shape.batch * shape.size.area()) *
                        static_cast<double>(desc.hidden_channels);
  const double saved = direct / static_cast<double>(plan.tiles * plan.points * plan.hidden);
  const double pays = 0.9 * static_cast<double>(plan.taps);
  if (saved >= pays) return {};
  const auto hundredths = [](double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", number);
    return std::string(text);
  };
  return {"saves a factor of " + hundredths(saved) + " of the multiplications, pays from " +
          hundredths(pays)};
}

std::unique_ptr<Executor> make_winograd_fused(CpuDevice& device, const LayerDesc& layer,
                                              const InputShape& shape) {
  return std::make_unique<WinogradFused>(device, std::get<RecurrentDesc>(layer), shape);
}

std::unique_ptr<Executor> make_tiled_winograd_fused(CpuDevice& device, const LayerDesc& layer,
                                                    const InputShape& shape, const std::string& tiling) {
  return std::make_unique<WinogradFused>(device, std::get<RecurrentDesc>(layer), shape,
                                         winograd_tiling(tiling));
}

WinogradFused::WinogradFused(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape,
                             const WinogradTiling& tiling)
    : device_(device),
      desc_(desc),
      shape_(shape),
      plan_(plan_winograd(desc, shape, device.kernels.lanes, tiling)),
      table_(device.kernels.winograd),
      kernels_(winograd_kernels(device, plan_)),
      area_(shape.size.area()) {}

std::size_t WinogradFused::workspace_bytes() const {
  return inference_tape_.bytes() + transformed_.bytes() + sums_.bytes() +
         (backward_ ? backward_->workspace_bytes() : 0);
}

std::size_t WinogradFused::reserve_bytes(std::int64_t steps) const {
  return static_cast<std::size_t>(WinogradTape::training(plan_, shape_.batch, steps).count()) * sizeof(float);
}

std::shared_ptr<const WinogradFused::Form> WinogradFused::form(const ParameterViews& parameters) const {
  const std::string key = std::string("winograd ") + device_.kernels.name + ' ' +
                          std::to_string(plan_.outputs) + (plan_.hoists_input ? " hoisted" : "");
  return parameters.packed->get<Form>(key, parameters.version, [&] {
    const std::int64_t F = desc_.hidden_channels, lanes = device_.kernels.lanes;
    auto form = std::make_shared<Form>();
    const RecurrentParameter kernels[] = {kRecurrentKernel, kInputKernel};
    const std::span all(kernels);
    form->weights =
        winograd_weights(device_, desc_, plan_, parameters, all.first(plan_.hoists_input ? 1 : 2));
    if (plan_.hoists_input)
      form->input_weights = winograd_weights(device_, desc_, plan_, parameters, all.last(1));
    form->bias = AlignedBuffer(plan_.blocks * 4 * lanes);
    form->peephole = AlignedBuffer(plan_.blocks * 3 * lanes);
    const auto add = [&](const float* from, std::int64_t rows, AlignedBuffer& to) {
      for (std::int64_t row = 0; from != nullptr && row < rows; ++row)
        for (std::int64_t k = 0; k < F; ++k)
          to.data()[(k / lanes * rows + row) * lanes + k % lanes] += from[row * F + k];
    };
    add(parameters.data[kGateBias], 4, form->bias);
    add(parameters.data[kRecurrentBias], 4, form->bias);
    add(parameters.data[kPeephole], 3, form->peephole);
    for (std::int64_t k = 0; k < F; ++k)
      form->bias.data()[(k / lanes * 4 + conv_lstm::kF) * lanes + k % lanes] += desc_.forget_bias;
    return form;
  });
}

WinogradTape WinogradFused::tape_of(const ForwardCall& call) {
  if (call.reserve != nullptr)
    return WinogradTape::training(plan_, shape_.batch, call.steps).over(static_cast<float*>(call.reserve));
  const WinogradTape tape = WinogradTape::inference(plan_, shape_.batch);
  if (inference_tape_.count() == 0) inference_tape_ = AlignedBuffer(tape.count());
  return tape.over(inference_tape_.data());
}

StepRange WinogradFused::steps_with_input(const ForwardCall& call) const {
  if (call.x.data == nullptr || desc_.input_channels == 0) return {};
  return {std::max<std::int64_t>(call.input.begin, 0), std::min(call.input.end, call.steps)};
}

void WinogradFused::forward(const ForwardCall& call) {
  const bool training = call.reserve != nullptr;
  std::optional<Turn> turn;
  if (plan_.has_many_weights()) turn.emplace(Turns::of_process(), device_.pool.size());
  const auto weights = form(call.parameters.front());
  const WinogradTape tape = tape_of(call);
  load_states(call, tape);
  for (std::int64_t t = 0; training && t <= call.steps; ++t) clear_margins(tape.h.at(t), plan_.hidden);
  const StepRange input = steps_with_input(call);
  const std::int64_t window = plan_.hoists_input ? plan_.hoisted_steps() : 1;
  for (std::int64_t t = 0; t < call.steps; ++t) {
    if (turn && t > 0) turn->offer();
    const bool has_input = input.contains(t);
    if (has_input && (t - input.begin) % window == 0) {
      const std::int64_t count = std::min(window, input.end - t);
      for (std::int64_t k = 0; k < count; ++k) pack_input(call, t + k, tape);
      if (plan_.hoists_input) hoist({*weights, tape, t, count});
    }
    const bool reads_c = training || t > 0, keeps = training || t + 1 < call.steps;
    run_step({call, *weights, t, has_input && !plan_.hoists_input ? tape.x.at(t) : nullptr, tape.h.at(t),
              reads_c ? tape.c.at(t) : nullptr, has_input && plan_.hoists_input ? tape.gates.at(t) : nullptr,
              keeps ? tape.h.at(t + 1) : nullptr, keeps ? tape.c.at(t + 1) : nullptr,
              training ? tape.gates.at(t) : nullptr});
  }
}

void WinogradFused::backward(const BackwardCall& call) {
  if (!backward_) backward_.emplace(device_, desc_, shape_, plan_);
  backward_->run(call);
}

}  // namespace convlstm::cpu
