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
  if (desc->mask != CLN_MASK_NONE) return {"masks"};
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
  for (const AlignedBuffer* buffer :
       {&inference_tape_, &dpre_, &dc_, &ones_, &dpre_pairs_, &dpre_halves_, &h_halves_, &x_halves_})
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
  const auto image = [&](std::int64_t channel) {
    return channel < desc_.input_channels ? call.x.plane(t, n, channel, shape_.size.area()) : nullptr;
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
  for_parts(hidden_images_, [&](std::int64_t k) {
    const std::int64_t channel = k / shape_.batch, n = k % shape_.batch;
    const std::int64_t image = (n * desc_.hidden_channels + channel) * area_;
    const auto start = [&](std::size_t part) {
      return part_of(call.initial, part) != nullptr ? part_of(call.initial, part) + image : nullptr;
    };
    // The first step takes it from where it is, if it can.
    if (training || start(kCell) == nullptr || !geometry_.pixels().are_dense())
      geometry_.pack_body(start(kCell), tape.c.at(0), k);
    if (is_half_) return;
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

DenseVectors DirectFused::dense_vectors(const ForwardCall& call, std::int64_t t, const Block& block) const {
  const bool training = call.reserve != nullptr, is_last = t + 1 == call.steps;
  const float* c_before = t == 0 && !training ? part_of(call.initial, kCell) : nullptr;
  float* c = is_last && !training ? part_of(call.final, kCell) : nullptr;
  float* h = is_last ? part_of(call.final, kHidden) : nullptr;
  const bool has_y = call.y.data != nullptr && call.y.pixel_stride == 1 && emits(t, call.steps);
  DenseVectors dense;
  dense.stride = area_;
  for (int v = 0; v < block.vectors; ++v) {
    const std::int64_t place = geometry_.pixels().dense_place(block.vector + v);
    if (place < 0) continue;
    const std::int64_t n = geometry_.image_of(block.vector + v);
    const std::int64_t state = (n * desc_.hidden_channels + block.channel) * area_ + place;
    if (c_before != nullptr) dense.c_before[v] = c_before + state;
    if (c != nullptr) dense.c[v] = c + state;
    if (h != nullptr) dense.h[v] = h + state;
    if (has_y) dense.y[v] = y_plane(call, t, n, block.channel) + place;
  }
  return dense;
}

void DirectFused::apply_gates(const ForwardCall& call, const ForwardForm& form, const RecurrentTape& tape,
                              std::int64_t t, const Block& block, float* sums) const {
  const Kernels& kernels = device_.kernels;
  const int channels = kernels.block_channels;
  const std::int64_t channel = block.channel, body = channel * geometry_.body_stride();
  const auto count = static_cast<int>(std::min<std::int64_t>(channels, desc_.hidden_channels - channel));
  const bool keeps_gates = call.reserve != nullptr, joins_pairs = is_half_ && channels % 2 == 0;
  float* h = tape.h.at(t + 1) + geometry_.origin();
  ForwardGates gates;
  gates.sums = sums;
  gates.places = geometry_.places() + block.vector;
  gates.vectors = block.vectors;
  gates.channels = count;
  gates.bias = form.bias.data() + channel * 4;
  gates.peephole = form.peephole.data() + channel * 3;
  gates.c_before = tape.c.at(t) + body;
  gates.c = tape.c.at(t + 1) + body;
  gates.h = is_half_ ? nullptr : h + channel * geometry_.plane_stride();
  gates.h_pairs = joins_pairs ? h + channel / 2 * geometry_.plane_stride() : nullptr;
  gates.gates = keeps_gates && !is_half_ ? tape.gates.at(t) + body : nullptr;
  gates.cell_c = keeps_gates && !is_half_ ? tape.cell_c.at(t) + body : nullptr;
  gates.half_gates =
      keeps_gates && is_half_ ? reinterpret_cast<std::uint16_t*>(tape.gates.at(t)) + body : nullptr;
  gates.body_stride = geometry_.body_stride();
  gates.plane_stride = geometry_.plane_stride();
  gates.gate_stride = desc_.hidden_channels * geometry_.body_stride();
  gates.dense = dense_vectors(call, t, block);
  gates.clip = desc_.cell_clip;
  forward_gates_(gates);
  for (int v = 0; is_half_ && !joins_pairs && v < block.vectors; ++v)
    store_pairs(sums + v * kernels.lanes, kernels.max_vectors * kernels.lanes, channel, count,
                h + gates.places[v].plane);
  store_rest(call, t, gates, block);
}

// What of y and the final state the kernel has not stored: vectors with gaps.
void DirectFused::store_rest(const ForwardCall& call, std::int64_t t, const ForwardGates& gates,
                             const Block& block) const {
  const bool has_y = call.y.data != nullptr && emits(t, call.steps), is_last = t + 1 == call.steps;
  float* const h = is_last ? part_of(call.final, kHidden) : nullptr;
  float* const c = is_last ? part_of(call.final, kCell) : nullptr;
  for (int v = 0; v < block.vectors; ++v) {
    const std::int64_t vector = block.vector + v, n = geometry_.image_of(vector);
    const bool rest_y = has_y && gates.dense.y[v] == nullptr;
    const bool rest_h = h != nullptr && gates.dense.h[v] == nullptr;
    const bool rest_c = c != nullptr && gates.dense.c[v] == nullptr;
    if (!rest_y && !rest_h && !rest_c) continue;
    for (std::int64_t k = 0; k < gates.channels; ++k) {
      const float* row = gates.sums + (k * device_.kernels.max_vectors + v) * device_.kernels.lanes;
      const std::int64_t state = (n * desc_.hidden_channels + block.channel + k) * area_;
      if (rest_y)
        geometry_.store_vector(row, vector, y_plane(call, t, n, block.channel + k), call.y.pixel_stride);
      if (rest_h) geometry_.store_vector(row, vector, h + state);
      if (rest_c)
        geometry_.store_vector(gates.c + k * gates.body_stride + gates.places[v].body, vector, c + state);
    }
  }
}

void DirectFused::run_step(const ForwardCall& call, const ForwardForm& form, const RecurrentTape& tape,
                           std::int64_t t) {
  const std::int64_t origin = geometry_.origin(), channels = device_.kernels.block_channels;
  const bool training = call.reserve != nullptr;
  // Input of the next step, packed by all threads beside their product.
  const auto pack_next = [&](std::int64_t part, std::int64_t parts) {
    if (training || t + 1 == call.steps || !has_input(call, t + 1)) return;
    for (std::int64_t k = input_planes_ * part / parts; k < input_planes_ * (part + 1) / parts; ++k)
      pack_x(call, tape, t + 1, k);
  };
  const Terms input{nullptr, input_terms_.data(), static_cast<std::int64_t>(input_terms_.size())};
  const Terms hidden{tape.h.at(t) + origin, hidden_terms_.data(),
                     static_cast<std::int64_t>(hidden_terms_.size())};
  ProductTask task{
      {input, hidden}, &form.weights, planes_of(desc_.input_channels) + planes_of(desc_.hidden_channels)};
  if (has_input(call, t)) {
    task.terms[0].base = tape.x.at(t) + origin;
  } else {
    task.skipped = task.terms[0].count;
    task.terms[0].count = 0;
  }
  run_product(device_, geometry_.pixels(), task, pack_next,
              [&](std::int64_t block, std::int64_t vector, int vectors, float* sums) {
                apply_gates(call, form, tape, t, {block * channels, vector, vectors}, sums);
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
  for (std::int64_t t = 0; t < call.steps; ++t) run_step(call, *form, tape, t);
}

}  // namespace convlstm::cpu
