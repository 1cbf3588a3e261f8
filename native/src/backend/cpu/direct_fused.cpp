#include "backend/cpu/direct_fused.h"

#include <algorithm>
#include <functional>
#include <string>

#include "backend/cpu/product.h"
#include "cell/conv_lstm.h"

namespace convlstm::cpu {

Verdict supports_direct_fused(const LayerDesc& layer, const InputShape&) {
  const auto* desc = std::get_if<RecurrentDesc>(&layer);
  if (desc == nullptr) return {"a convolution without recurrence"};
  if (desc->cell != CLN_CELL_CONV_LSTM) return {"its cell is not ConvLSTM"};
  if (desc->peephole == CLN_PEEPHOLE_PER_PIXEL) return {"peepholes per pixel"};
  if (desc->normalization != CLN_NORMALIZATION_NONE) return {"normalization"};
  if (desc->input_dropout != 0 || desc->recurrent_dropout != 0) return {"dropout"};
  return {};
}

std::unique_ptr<Executor> make_direct_fused(CpuDevice& device, const LayerDesc& layer,
                                            const InputShape& shape) {
  return std::make_unique<DirectFused>(device, std::get<RecurrentDesc>(layer), shape);
}

DirectFused::DirectFused(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape)
    : device_(device),
      desc_(desc),
      shape_(shape),
      is_half_(desc.storage == CLN_STORAGE_BFLOAT16),
      forward_gates_((is_half_ ? device.kernels.half_forward_gates
                               : device.kernels.forward_gates)[desc.gate_activation][desc.cell_activation]
                                                              [desc.cell_clip > 0]),
      backward_gates_(
          device.kernels.backward_gates[desc.gate_activation][desc.cell_activation][desc.cell_clip > 0]),
      grid_(state_size(desc, shape.size)),
      recurrent_axes_(same_axes(desc.recurrent_kernel, desc.recurrent_dilation, grid_)),
      geometry_(shape.batch, grid_,
                desc.input_channels > 0 ? std::vector<Axes>{recurrent_axes_, axes_of(desc.input, shape.size)}
                                        : std::vector<Axes>{recurrent_axes_},
                device.kernels.lanes),
      hidden_(geometry_, recurrent_axes_),
      area_(grid_.area()),
      hidden_images_(desc.hidden_channels * shape.batch),
      input_planes_(planes_of(desc.input_channels) * shape.batch),
      hidden_terms_(hidden_.offsets(planes_of(desc.hidden_channels))),
      hidden_shifts_(gradient_offsets(hidden_.offsets(desc.hidden_channels))),
      hidden_columns_(hidden_.columns(desc.hidden_channels)),
      to_hidden_terms_(
          hidden_.transposed_offsets(hidden_.phases().front(), 4 * planes_of(desc.hidden_channels))) {
  const std::int64_t gates = 4 * desc.hidden_channels;
  if (desc.input_channels > 0) {
    input_.emplace(device, geometry_, axes_of(desc.input, shape.size), desc.input_channels, gates,
                   kInputKernel, CLN_STORAGE_FLOAT32);
    input_terms_ = input_->source().offsets(planes_of(desc.input_channels));
    for (const PlaneSource::Phase& phase : input_->source().phases())
      if (is_half_)
        to_input_terms_.push_back(
            input_->source().transposed_offsets(phase, 4 * planes_of(desc.hidden_channels)));
    input_shifts_ = gradient_offsets(input_->source().offsets(desc.input_channels));
    input_columns_ = input_->source().columns(desc.input_channels);
  }
  key_ = std::string(is_half_ ? "direct_fused half " : "direct_fused ") + device.kernels.name +
         hidden_.key() + (input_ ? input_->source().key() : "");
  is_small_ =
      gates * static_cast<std::int64_t>(input_terms_.size() + hidden_terms_.size()) * area_ * shape.batch <
      kSmallWork;
}

std::size_t DirectFused::workspace_bytes() const {
  std::size_t bytes = input_ ? input_->workspace_bytes() : 0;
  for (const AlignedBuffer* buffer : {&inference_tape_, &float_h_, &passed_, &dpre_, &dc_, &ones_,
                                      &dpre_pairs_, &dpre_halves_, &h_halves_, &x_halves_})
    bytes += buffer->bytes();
  return bytes;
}

std::size_t DirectFused::reserve_bytes(std::int64_t steps) const {
  return static_cast<std::size_t>(RecurrentTape::training(tape_step(), steps).count()) * sizeof(float);
}

std::shared_ptr<const DirectFused::ForwardForm> DirectFused::forward_form(const ParameterViews& parameters) {
  return parameters.packed->get<ForwardForm>(key_ + " forward", parameters.version, [&] {
    const int channels = device_.kernels.block_channels;
    const std::int64_t F = desc_.hidden_channels, blocks = (F + channels - 1) / channels;
    const std::int64_t input_row = input_ ? desc_.input_channels * input_->source().kernel_area() : 0;
    const std::int64_t hidden_row = F * hidden_.kernel_area();
    auto form = std::make_shared<ForwardForm>();
    form->weights = pack_rows(
        device_.pool, blocks, device_.kernels.rows,
        {input_ ? input_->source().runs(desc_.input_channels) : WeightRuns{}, hidden_.runs(F)},
        [&](std::size_t range, std::int64_t row) -> const float* {
          const std::int64_t block = row / (4 * channels), gate = row / channels % 4;
          const std::int64_t channel = block * channels + row % channels;
          if (channel >= F || (range == 0 && !input_)) return nullptr;
          return range == 0 ? parameters.data[kInputKernel] + (gate * F + channel) * input_row
                            : parameters.data[kRecurrentKernel] + (gate * F + channel) * hidden_row;
        },
        is_half_);
    // Rows of numbers by channel, cut into blocks.
    const auto cut = [&](const float* from, std::int64_t rows) {
      AlignedBuffer result(blocks * rows * channels);
      for (std::int64_t row = 0; from != nullptr && row < rows; ++row)
        for (std::int64_t k = 0; k < F; ++k)
          result.data()[(k / channels * rows + row) * channels + k % channels] = from[row * F + k];
      return result;
    };
    form->bias = cut(parameters.data[kGateBias], 4);
    form->peephole = cut(parameters.data[kPeephole], 3);
    for (std::int64_t k = 0; k < F; ++k)
      form->bias.data()[(k / channels * 4 + conv_lstm::kF) * channels + k % channels] += desc_.forget_bias;
    if (parameters.data[kRecurrentBias] != nullptr) {
      const AlignedBuffer second = cut(parameters.data[kRecurrentBias], 4);
      std::transform(second.data(), second.data() + second.count(), form->bias.data(), form->bias.data(),
                     std::plus<>());
    }
    return form;
  });
}

void DirectFused::pack_x(const ForwardCall& call, const RecurrentTape& tape, std::int64_t t,
                         std::int64_t k) const {
  const std::int64_t plane = k / shape_.batch, n = k % shape_.batch;
  const bool is_active = call.mask.is_active(t, n);  // else x may be anything
  const auto image = [&](std::int64_t channel) {
    return is_active && channel < desc_.input_channels ? call.x.plane(t, n, channel, shape_.size.area())
                                                       : nullptr;
  };
  if (is_half_)
    input_->source().pack_pairs(device_.kernels, image(2 * plane), image(2 * plane + 1), call.x.pixel_stride,
                                tape.x.at(t), plane, n);
  else
    input_->source().pack(image(plane), call.x.pixel_stride, nullptr, tape.x.at(t), plane, n);
}

void DirectFused::load_start(const ForwardCall& call, const RecurrentTape& tape) {
  const bool training = call.reserve != nullptr;
  if (is_half_) load_hidden_pairs(call, tape);
  if (keeps_float_h() && float_h_.count() == 0)
    float_h_ = AlignedBuffer(desc_.hidden_channels * geometry_.body_stride());
  for_parts(hidden_images_, [&](std::int64_t k) {
    const std::int64_t channel = k / shape_.batch, n = k % shape_.batch;
    const std::int64_t image = (n * desc_.hidden_channels + channel) * area_;
    const auto start = [&](std::size_t part) {
      return part_of(call.initial, part) != nullptr ? part_of(call.initial, part) + image : nullptr;
    };
    // The first step takes it from where it is, if it can.
    if (training || start(kCell) == nullptr || !geometry_.pixels().are_dense())
      geometry_.pack_body(start(kCell), tape.c.at(0), k);
    if (is_half_) {
      if (keeps_float_h()) geometry_.pack_body(start(kHidden), float_h_.data(), k);
      return;
    }
    geometry_.pack_plane(start(kHidden), tape.h.at(0), k);
    for (std::int64_t t = 0; training && t <= call.steps; ++t) geometry_.clear_margins(tape.h.at(t), k);
  });
  const std::int64_t steps = training ? call.steps : 1;
  for_parts(input_planes_ * steps, [&](std::int64_t part) {
    const std::int64_t t = part / input_planes_, k = part % input_planes_;
    if (!has_input(call, t)) return;
    if (training) input_->source().clear_margins(tape.x.at(t), k / shape_.batch, k % shape_.batch);
    pack_x(call, tape, t, k);
  });
}

void DirectFused::forward(const ForwardCall& call) {
  const auto form = forward_form(call.parameters[0]);
  RecurrentTape tape;
  if (call.reserve != nullptr) {
    tape = RecurrentTape::training(tape_step(), call.steps).over(static_cast<float*>(call.reserve));
  } else {
    tape = RecurrentTape::inference(tape_step());
    if (inference_tape_.count() == 0) inference_tape_ = AlignedBuffer(tape.count());
    tape = tape.over(inference_tape_.data());
  }
  load_start(call, tape);
  for (std::int64_t t = 0; t < call.steps; ++t) run_step({call, *form, tape, t});
}

}  // namespace convlstm::cpu
