#include "backend/cpu/winograd_fused.h"

#include <algorithm>

#include "backend/cpu/product.h"

namespace convlstm::cpu {
namespace {

bool is_odd_up_to(const Size3& kernel, std::int64_t most) {
  return kernel.d == 1 && kernel.h % 2 == 1 && kernel.w % 2 == 1 && kernel.h <= most && kernel.w <= most;
}

}  // namespace

bool supports_winograd_fused(const LayerDesc& layer) {
  const auto* desc = std::get_if<RecurrentDesc>(&layer);
  if (desc == nullptr || !supports_direct_fused(layer)) return false;
  const std::int64_t taps = desc->recurrent_kernel.h;
  if (desc->recurrent_kernel != Size3{taps, taps} || (taps != 3 && taps != 5)) return false;
  if (desc->recurrent_dilation != Size3{1, 1}) return false;
  if (desc->input_channels == 0) return true;
  const bool keeps_size =
      desc->input.padding == CLN_PADDING_SAME_TENSORFLOW || desc->input.padding == CLN_PADDING_SAME_PYTORCH;
  return keeps_size && desc->input.stride == Size3{1, 1} && desc->input.dilation == Size3{1, 1} &&
         is_odd_up_to(desc->input.kernel, taps);
}

bool suits_winograd_fused(const LayerDesc& layer, const InputShape& shape) {
  const auto& desc = std::get<RecurrentDesc>(layer);
  return desc.hidden_channels >= 16 && shape.size.d == 1 && std::min(shape.size.h, shape.size.w) >= 6;
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
      kernels_(
          table_.variants[winograd_variant(static_cast<int>(plan_.outputs), static_cast<int>(plan_.taps))]),
      area_(shape.size.area()) {}

std::size_t WinogradFused::workspace_bytes() const {
  std::size_t bytes = training_ ? training_->workspace_bytes() : 0;
  for (const AlignedBuffer* buffer : {&h_[0], &h_[1], &c_, &x_, &transformed_, &sums_})
    bytes += buffer->bytes();
  return bytes;
}

DirectFused& WinogradFused::training() const {
  if (!training_) training_ = std::make_unique<DirectFused>(device_, desc_, shape_);
  return *training_;
}

WinogradFused::Tile WinogradFused::tile_at(std::int64_t index) const {
  const std::int64_t of_an_image = plan_.tile_rows * plan_.tile_columns, place = index % of_an_image;
  return {index / of_an_image, place / plan_.tile_columns * plan_.outputs,
          place % plan_.tile_columns * plan_.outputs};
}

std::int64_t WinogradFused::pixel(const Tile& tile) const {
  return tile.n * plan_.padded_pixels() + tile.row * plan_.padded_columns() + tile.column;
}

std::int64_t WinogradFused::pixel_inside(const Tile& tile) const {
  return pixel(tile) + (plan_.taps - 1) / 2 * (plan_.padded_columns() + 1);
}

void WinogradFused::load_states(const ForwardCall& call) {
  const std::int64_t F = desc_.hidden_channels, pixels = shape_.batch * plan_.padded_pixels();
  if (c_.count() == 0) {
    for (AlignedBuffer* buffer : {&h_[0], &h_[1], &c_}) *buffer = AlignedBuffer(pixels * plan_.hidden);
    x_ = AlignedBuffer(pixels * plan_.input);
  }
  const float *h = part_of(call.initial, kHidden), *c = part_of(call.initial, kCell);
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    const std::int64_t first = pixel_inside({n, y, 0}) * plan_.hidden;
    for (std::int64_t x = 0; x < shape_.size.w; ++x)
      for (std::int64_t k = 0; k < F; ++k) {
        const std::int64_t from = (n * F + k) * area_ + y * shape_.size.w + x,
                           to = first + x * plan_.hidden + k;
        h_[0].data()[to] = h != nullptr ? h[from] : 0.0f;
        c_.data()[to] = c != nullptr ? c[from] : 0.0f;
      }
  });
}

void WinogradFused::store_states(const ForwardCall& call, const float* h) {
  const std::int64_t F = desc_.hidden_channels;
  float *to_h = part_of(call.final, kHidden), *to_c = part_of(call.final, kCell);
  if (to_h == nullptr && to_c == nullptr) return;
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    const std::int64_t first = pixel_inside({n, y, 0}) * plan_.hidden;
    for (std::int64_t k = 0; k < F; ++k)
      for (std::int64_t x = 0; x < shape_.size.w; ++x) {
        const std::int64_t to = (n * F + k) * area_ + y * shape_.size.w + x,
                           from = first + x * plan_.hidden + k;
        if (to_h != nullptr) to_h[to] = h[from];
        if (to_c != nullptr) to_c[to] = c_.data()[from];
      }
  });
}

void WinogradFused::pack_input(const ForwardCall& call, std::int64_t t) {
  device_.pool.parallel_for(shape_.batch * shape_.size.h, [&](std::int64_t part) {
    const std::int64_t n = part / shape_.size.h, y = part % shape_.size.h;
    float* to = x_.data() + pixel_inside({n, y, 0}) * plan_.input;
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
    const std::int64_t corner = pixel(tile_at(first + k));
    float* to = transformed + k * channels;
    kernels_.input({step.h_before + corner * plan_.hidden, plan_.padded_columns() * plan_.hidden,
                    plan_.hidden, plan_.blocks, to, stride * channels});
    if (step.has_input)
      kernels_.input({x_.data() + corner * plan_.input, plan_.padded_columns() * plan_.input, plan_.input,
                      plan_.input / device_.kernels.lanes, to + plan_.hidden, stride * channels});
  }
}

void WinogradFused::write_y(const Step& step, std::int64_t block, const Tile& tile) const {
  const Frames<float>& y = step.call.y;
  const std::int64_t lanes = device_.kernels.lanes, t = desc_.output == CLN_OUTPUT_LAST ? 0 : step.t;
  const std::int64_t count = std::min(lanes, desc_.hidden_channels - block * lanes);
  const std::int64_t rows = std::min(plan_.outputs, shape_.size.h - tile.row);
  const std::int64_t columns = std::min(plan_.outputs, shape_.size.w - tile.column);
  const float* h = step.h + pixel_inside(tile) * plan_.hidden + block * lanes;
  for (std::int64_t row = 0; row < rows; ++row) {
    const float* from = h + row * plan_.padded_columns() * plan_.hidden;
    const std::int64_t place = (tile.row + row) * shape_.size.w + tile.column;
    for (std::int64_t k = 0; k < count; ++k) {
      float* to = y.plane(t, tile.n, block * lanes + k, area_) + place * y.pixel_stride;
      for (std::int64_t column = 0; column < columns; ++column)
        to[column * y.pixel_stride] = from[column * plan_.hidden + k];
    }
  }
}

void WinogradFused::finish_block(const Step& step, std::int64_t block, std::int64_t first, std::int64_t count,
                                 std::int64_t stride, const float* transformed, float* sums) const {
  const std::int64_t lanes = device_.kernels.lanes, width = 4 * lanes, channels = plan_.channels();
  const std::int64_t used = desc_.hidden_channels + desc_.input_channels;
  const float* weights = step.form.weights.data() + block * plan_.points * used * width;
  for (std::int64_t point = 0; point < plan_.points; ++point)
    table_.product({transformed + point * stride * channels,
                    channels,
                    {{0, desc_.hidden_channels}, {plan_.hidden, step.has_input ? desc_.input_channels : 0}},
                    weights + point * used * width,
                    count,
                    sums + point * stride * width});
  const bool writes_y =
      step.call.y.data != nullptr && (desc_.output == CLN_OUTPUT_SEQUENCE || step.t + 1 == step.call.steps);
  for (std::int64_t k = 0; k < count; ++k) {
    const Tile tile = tile_at(first + k);
    const std::int64_t inside = pixel_inside(tile) * plan_.hidden + block * lanes;
    const std::int64_t row_stride = plan_.padded_columns() * plan_.hidden;
    kernels_.gates({sums + k * width, stride * width, step.form.bias.data() + block * width,
                    step.form.peephole.data() + block * 3 * lanes,
                    std::min(plan_.outputs, shape_.size.h - tile.row),
                    std::min(plan_.outputs, shape_.size.w - tile.column), c_.data() + inside, row_stride,
                    step.h + inside, row_stride, plan_.hidden, desc_.gate_activation, desc_.cell_activation,
                    desc_.cell_clip});
    if (writes_y) write_y(step, block, tile);
  }
}

void WinogradFused::run_step(const Step& step) {
  const std::int64_t threads = device_.pool.size(), width = 4 * device_.kernels.lanes;
  const auto reserve = [](AlignedBuffer& buffer, std::int64_t count) {
    if (buffer.count() < count) buffer = AlignedBuffer(count);
    return buffer.data();
  };
  if (plan_.shares_hidden(threads)) {
    float* transformed = reserve(transformed_, plan_.points * plan_.tiles * plan_.channels());
    float* sums = reserve(sums_, threads * plan_.points * plan_.tiles * width);
    device_.pool.parallel_for(plan_.tiles, [&](std::int64_t tile) {
      transform(step, tile, 1, plan_.tiles, transformed + tile * plan_.channels());
    });
    device_.pool.parallel_for(std::min(threads, plan_.blocks), [&](std::int64_t part) {
      const std::int64_t parts = std::min(threads, plan_.blocks);
      for (std::int64_t block = plan_.blocks * part / parts; block < plan_.blocks * (part + 1) / parts;
           ++block)
        finish_block(step, block, 0, plan_.tiles, plan_.tiles, transformed,
                     sums + part * plan_.points * plan_.tiles * width);
    });
    return;
  }
  const std::int64_t most = plan_.tiles_at_once(threads, table_.tiles);
  const std::int64_t parts = std::min(threads, plan_.tiles);
  float* transformed = reserve(transformed_, parts * plan_.points * most * plan_.channels());
  float* sums = reserve(sums_, parts * plan_.points * most * width);
  device_.pool.parallel_for(parts, [&](std::int64_t part) {
    float* own = transformed + part * plan_.points * most * plan_.channels();
    const std::int64_t end = plan_.tiles * (part + 1) / parts;
    for (std::int64_t first = plan_.tiles * part / parts; first < end; first += most) {
      const std::int64_t count = std::min(most, end - first);
      transform(step, first, count, most, own);
      for (std::int64_t block = 0; block < plan_.blocks; ++block)
        finish_block(step, block, first, count, most, own, sums + part * plan_.points * most * width);
    }
  });
}

void WinogradFused::forward(const ForwardCall& call) {
  if (call.reserve != nullptr) return training().forward(call);
  const auto weights = form(call.parameters.front());
  load_states(call);
  for (std::int64_t t = 0; t < call.steps; ++t) {
    const bool has_input = call.x.data != nullptr && desc_.input_channels > 0 && call.input.contains(t);
    if (has_input) pack_input(call, t);
    run_step({call, *weights, t, has_input, h_[t % 2].data(), h_[(t + 1) % 2].data()});
  }
  store_states(call, h_[call.steps % 2].data());
}

}  // namespace convlstm::cpu
