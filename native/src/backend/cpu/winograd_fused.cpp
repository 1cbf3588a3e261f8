#include "backend/cpu/winograd_fused.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/transpose.h"
#include "backend/cpu/winograd_weights.h"
#include "cell/conv_lstm.h"

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

Verdict supports_winograd_fused(const LayerDesc& layer) {
  if (Verdict verdict = supports_direct_fused(layer); !verdict) return verdict;
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
  if (shape.size.d != 1) return {"volumes"};
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

WinogradFused::WinogradFused(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape)
    : device_(device),
      desc_(desc),
      shape_(shape),
      plan_(plan_winograd(desc, shape, device.kernels.lanes)),
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
  const std::string key =
      std::string("winograd ") + device_.kernels.name + ' ' + std::to_string(plan_.outputs);
  return parameters.packed->get<Form>(key, parameters.version, [&] {
    const std::int64_t F = desc_.hidden_channels, lanes = device_.kernels.lanes;
    auto form = std::make_shared<Form>();
    form->weights = winograd_weights(device_, desc_, plan_, parameters);
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

void WinogradFused::load_states(const ForwardCall& call, const WinogradTape& tape) {
  const std::int64_t F = desc_.hidden_channels;
  const float *h = part_of(call.initial, kHidden), *c = part_of(call.initial, kCell);
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    const std::int64_t to = plan_.pixel_inside({n, y, 0}) * plan_.hidden;
    const auto load = [&](const float* state, float* row) {
      if (state == nullptr || F < plan_.hidden) std::fill_n(row, shape_.size.w * plan_.hidden, 0.0f);
      if (state != nullptr)
        transpose(state + n * F * area_ + y * shape_.size.w, area_, F, shape_.size.w, row, plan_.hidden);
    };
    load(h, tape.h.at(0) + to);
    load(c, tape.c.at(0) + to);
  });
}

void WinogradFused::store_states(const ForwardCall& call, const WinogradTape& tape) {
  const std::int64_t F = desc_.hidden_channels;
  const float *h = tape.h.at(call.steps), *c = tape.c.at(call.steps);
  float *to_h = part_of(call.final, kHidden), *to_c = part_of(call.final, kCell);
  if (to_h == nullptr && to_c == nullptr) return;
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    const std::int64_t from = plan_.pixel_inside({n, y, 0}) * plan_.hidden;
    const auto store = [&](const float* row, float* state) {
      if (state != nullptr)
        transpose(row, plan_.hidden, shape_.size.w, F, state + n * F * area_ + y * shape_.size.w, area_);
    };
    store(h + from, to_h);
    store(c + from, to_c);
  });
}

// Of an image in the reserve; those of the executor's own stay 0.
void WinogradFused::clear_margins(float* image, std::int64_t channels) {
  const std::int64_t columns = plan_.padded_columns(), rows = plan_.padded_pixels() / columns;
  const std::int64_t margin = (plan_.taps - 1) / 2;
  device_.pool.parallel_for(shape_.batch * rows, [&](std::int64_t part) {
    const std::int64_t y = part % rows - margin;
    float* row = image + part * columns * channels;
    if (y < 0 || y >= shape_.size.h) {
      std::fill_n(row, columns * channels, 0.0f);
    } else {
      std::fill_n(row, margin * channels, 0.0f);
      const std::int64_t end = margin + shape_.size.w;
      std::fill_n(row + end * channels, (columns - end) * channels, 0.0f);
    }
  });
}

void WinogradFused::pack_input(const ForwardCall& call, std::int64_t t, float* image) {
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    float* to = image + plan_.pixel_inside({n, y, 0}) * plan_.input;
    for (std::int64_t k = 0; k < desc_.input_channels; ++k) {
      const float* from = call.x.plane(t, n, k, area_) + y * shape_.size.w * call.x.pixel_stride;
      for (std::int64_t x = 0; x < shape_.size.w; ++x)
        to[x * plan_.input + k] = from[x * call.x.pixel_stride];
    }
  });
}

void WinogradFused::transform(const Step& step, std::int64_t first, std::int64_t count, std::int64_t stride,
                              float* transformed) const {
  const std::int64_t channels = plan_.channels();
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t corner = plan_.pixel(plan_.tile_at(first + k));
    float* to = transformed + k * channels;
    kernels_.input({step.h_before + corner * plan_.hidden, plan_.padded_columns() * plan_.hidden,
                    plan_.hidden, plan_.blocks, to, winograd_stride(stride * channels)});
    if (step.has_input)
      kernels_.input({step.x + corner * plan_.input, plan_.padded_columns() * plan_.input, plan_.input,
                      plan_.input / device_.kernels.lanes, to + plan_.hidden,
                      winograd_stride(stride * channels)});
  }
}

void WinogradFused::write_y(const Step& step, std::int64_t first_block, std::int64_t end_block,
                            std::int64_t first, std::int64_t count) const {
  const Frames<float>& y = step.call.y;
  const bool is_wanted = desc_.output == CLN_OUTPUT_SEQUENCE || step.t + 1 == step.call.steps;
  if (y.data == nullptr || !is_wanted) return;
  const std::int64_t t = desc_.output == CLN_OUTPUT_LAST ? 0 : step.t, lanes = device_.kernels.lanes;
  const std::int64_t channel = first_block * lanes;
  const std::int64_t channels = std::min(end_block * lanes, desc_.hidden_channels) - channel;
  for (std::int64_t k = 0; k < count;) {
    // The tiles from here to the end of their row.
    const WinogradTile tile = plan_.tile_at(first + k);
    const std::int64_t tiles = std::min(count - k, plan_.tile_columns - tile.column / plan_.outputs);
    const std::int64_t columns = std::min(tiles * plan_.outputs, shape_.size.w - tile.column);
    k += tiles;
    for (std::int64_t row = 0; row < std::min(plan_.outputs, shape_.size.h - tile.row); ++row) {
      const float* from =
          step.h + plan_.pixel_inside({tile.n, tile.row + row, tile.column}) * plan_.hidden + channel;
      float* to = y.plane(t, tile.n, channel, area_) +
                  ((tile.row + row) * shape_.size.w + tile.column) * y.pixel_stride;
      if (y.pixel_stride == 1)
        transpose(from, plan_.hidden, columns, channels, to, area_);
      else
        for (std::int64_t column = 0; column < columns; ++column)
          std::copy_n(from + column * plan_.hidden, channels, to + column * y.pixel_stride);
    }
  }
}

void WinogradFused::finish_block(const Step& step, std::int64_t block, std::int64_t first, std::int64_t count,
                                 std::int64_t stride, const float* transformed, float* sums) const {
  const std::int64_t lanes = device_.kernels.lanes, width = 4 * lanes, channels = plan_.channels();
  const std::int64_t used = desc_.hidden_channels + desc_.input_channels;
  const float* weights = step.form.weights.data() + block * plan_.points * used * width;
  for (std::int64_t point = 0; point < plan_.points; ++point)
    table_.product({transformed + point * winograd_stride(stride * channels),
                    channels,
                    {{0, desc_.hidden_channels}, {plan_.hidden, step.has_input ? desc_.input_channels : 0}},
                    weights + point * used * width,
                    count,
                    sums + point * winograd_stride(stride * width)});
  for (std::int64_t k = 0; k < count; ++k) {
    const WinogradTile tile = plan_.tile_at(first + k);
    const std::int64_t inside = plan_.pixel_inside(tile) * plan_.hidden + block * lanes;
    const std::int64_t row_stride = plan_.padded_columns() * plan_.hidden;
    kernels_.gates({sums + k * width, winograd_stride(stride * width), step.form.bias.data() + block * width,
                    step.form.peephole.data() + block * 3 * lanes,
                    std::min(plan_.outputs, shape_.size.h - tile.row),
                    std::min(plan_.outputs, shape_.size.w - tile.column), step.c_before + inside,
                    step.c + inside, row_stride, step.h + inside, row_stride, plan_.hidden,
                    desc_.gate_activation, desc_.cell_activation, desc_.cell_clip,
                    step.gates != nullptr
                        ? step.gates + ((first + k) * plan_.blocks + block) * plan_.tile_pixels() * width
                        : nullptr});
  }
}

void WinogradFused::run_step(const Step& step) {
  const std::int64_t threads = device_.pool.size(), width = 4 * device_.kernels.lanes;
  const auto reserve = [](AlignedBuffer& buffer, std::int64_t count) {
    if (buffer.count() < count) buffer = AlignedBuffer(count);
    return buffer.data();
  };
  if (plan_.shares_hidden(threads)) {
    float* transformed =
        reserve(transformed_, plan_.points * winograd_stride(plan_.tiles * plan_.channels()));
    float* sums = reserve(sums_, threads * plan_.points * winograd_stride(plan_.tiles * width));
    device_.pool.parallel_for(plan_.tiles, [&](std::int64_t tile) {
      transform(step, tile, 1, plan_.tiles, transformed + tile * plan_.channels());
    });
    device_.pool.parallel_for(std::min(threads, plan_.blocks), [&](std::int64_t part) {
      const std::int64_t parts = std::min(threads, plan_.blocks);
      const std::int64_t first = plan_.blocks * part / parts, end = plan_.blocks * (part + 1) / parts;
      for (std::int64_t block = first; block < end; ++block)
        finish_block(step, block, 0, plan_.tiles, plan_.tiles, transformed,
                     sums + part * plan_.points * winograd_stride(plan_.tiles * width));
      write_y(step, first, end, 0, plan_.tiles);
    });
    return;
  }
  const std::int64_t most = plan_.tiles_at_once(threads, table_.tiles);
  const std::int64_t parts = std::min(threads, plan_.tiles);
  float* transformed = reserve(transformed_, parts * plan_.points * winograd_stride(most * plan_.channels()));
  float* sums = reserve(sums_, parts * plan_.points * winograd_stride(most * width));
  device_.pool.parallel_for(parts, [&](std::int64_t part) {
    float* own = transformed + part * plan_.points * winograd_stride(most * plan_.channels());
    const std::int64_t end = plan_.tiles * (part + 1) / parts;
    for (std::int64_t first = plan_.tiles * part / parts; first < end; first += most) {
      const std::int64_t count = std::min(most, end - first);
      transform(step, first, count, most, own);
      for (std::int64_t block = 0; block < plan_.blocks; ++block)
        finish_block(step, block, first, count, most, own,
                     sums + part * plan_.points * winograd_stride(most * width));
      write_y(step, 0, plan_.blocks, first, count);
    }
  });
}

void WinogradFused::forward(const ForwardCall& call) {
  const bool training = call.reserve != nullptr;
  const auto weights = form(call.parameters.front());
  const WinogradTape tape = tape_of(call);
  load_states(call, tape);
  for (std::int64_t t = 0; training && t <= call.steps; ++t) clear_margins(tape.h.at(t), plan_.hidden);
  for (std::int64_t t = 0; t < call.steps; ++t) {
    const bool has_input = call.x.data != nullptr && desc_.input_channels > 0 && call.input.contains(t);
    if (has_input) {
      if (training) clear_margins(tape.x.at(t), plan_.input);
      pack_input(call, t, tape.x.at(t));
    }
    run_step({call, *weights, t, has_input, tape.x.at(t), tape.h.at(t), tape.c.at(t), tape.h.at(t + 1),
              tape.c.at(t + 1), training ? tape.gates.at(t) : nullptr});
  }
  store_states(call, tape);
}

void WinogradFused::backward(const BackwardCall& call) {
  if (!backward_) backward_.emplace(device_, desc_, shape_, plan_);
  backward_->run(call);
}

}  // namespace convlstm::cpu
