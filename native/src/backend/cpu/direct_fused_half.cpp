// What bfloat16 storage adds to DirectFused. Products read planes that hold pairs of channels. Gradients by
// weights are sums over pairs of pixels, for which the planes of a window are taken apart: one a channel, of
// 16-bit numbers.
#include <algorithm>

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/product.h"
#include "cell/bfloat16.h"

namespace convlstm::cpu {

void DirectFused::store_pairs(const float* rows, std::int64_t row_stride, std::int64_t channel,
                              std::int64_t count, float* planes) const {
  const int lanes = device_.kernels.lanes;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t c = channel + k;
    const float* row = rows + k * row_stride;
    float* plane = planes + c / 2 * geometry_.plane_stride();
    if (c % 2 == 0 && k + 1 < count) {
      device_.kernels.join_pairs(row, row + row_stride, lanes, plane);
      ++k;
      continue;
    }
    auto* halves = reinterpret_cast<std::uint16_t*>(plane) + c % 2;
    for (int lane = 0; lane < lanes; ++lane) halves[2 * lane] = bfloat16::from_float(row[lane]);
  }
}

void DirectFused::load_hidden_pairs(const ForwardCall& call, const RecurrentTape& tape) {
  const std::int64_t F = desc_.hidden_channels, planes = planes_of(F);
  for_parts(planes * shape_.batch, [&](std::int64_t k) {
    const std::int64_t plane = k / shape_.batch, n = k % shape_.batch;
    const auto image = [&](std::int64_t channel) {
      const float* h = part_of(call.initial, kHidden);
      return h != nullptr && channel < F ? h + (n * F + channel) * area_ : nullptr;
    };
    hidden_.pack_pairs(device_.kernels, image(2 * plane), image(2 * plane + 1), 1, tape.h.at(0), plane, n);
    for (std::int64_t t = 0; call.reserve != nullptr && t <= call.steps; ++t) {
      if (t > 0 && 2 * plane + 1 == F)  // no channel writes the other halves
        std::fill_n(tape.h.at(t) + k * geometry_.plane(), geometry_.plane(), 0.0f);
      geometry_.clear_margins(tape.h.at(t), k);
    }
  });
}

// A product may read this many numbers more than it needs.
std::int64_t DirectFused::half_stride() const {
  const std::int64_t lanes = 2 * device_.kernels.lanes;
  return (geometry_.plane_stride() + lanes - 1) / lanes * lanes + lanes;
}

std::vector<std::int64_t> DirectFused::gradient_offsets(std::vector<std::int64_t> offsets) const {
  if (!is_half_) return offsets;
  const std::int64_t origin = geometry_.origin(), stride = geometry_.plane_stride();
  for (std::int64_t& offset : offsets) {
    const std::int64_t plane = (origin + offset) / stride;
    offset += plane * (half_stride() - stride);
  }
  return offsets;
}

void DirectFused::make_half_buffers(std::int64_t window) {
  const std::int64_t F = desc_.hidden_channels;
  const auto halves = [&](std::int64_t planes) {
    return AlignedBuffer((planes * half_stride() + 1) / 2);  // of two a float
  };
  dpre_pairs_ = AlignedBuffer(2 * 4 * planes_of(F) * geometry_.plane_stride());
  dpre_halves_ = halves(window * 4 * F);
  h_halves_ = halves(window * F);
  if (input_) x_halves_ = halves(window * input_half_planes());
  ones_ = halves(1);
  std::fill_n(halves_of(ones_), half_stride(), bfloat16::from_float(1.0f));
}

// Planes come `together` a channel: phases.
void DirectFused::split_pairs(const float* pairs, std::int64_t channels, std::int64_t together,
                              std::uint16_t* halves) {
  const std::int64_t stride = geometry_.plane_stride();
  for_parts(planes_of(channels) * together, [&](std::int64_t k) {
    const std::int64_t channel = 2 * (k / together), plane = channel * together + k % together;
    std::uint16_t* even = halves + plane * half_stride();
    device_.kernels.split_pairs(pairs + k * stride, stride, even,
                                channel + 1 < channels ? even + together * half_stride() : nullptr);
  });
}

void DirectFused::keep_half_rows(std::int64_t t, std::int64_t slot) {
  const std::int64_t F = desc_.hidden_channels;
  for (std::int64_t gate = 0; gate < 4; ++gate)
    split_pairs(pairs_of(t) + gate * planes_of(F) * geometry_.plane_stride(), F, 1,
                halves_of(dpre_halves_) + (slot * 4 + gate) * F * half_stride());
}

void DirectFused::write_half_dx(const BackwardCall& call, std::int64_t t) {
  const Kernels& kernels = device_.kernels;
  const PlaneSource& source = input_->source();
  const std::int64_t C = desc_.input_channels, area = source.size().area();
  const auto weights = call.parameters[0].packed->get<std::vector<PackedRows>>(
      key_ + " to input", call.parameters[0].version, [&] {
        auto form = std::make_shared<std::vector<PackedRows>>();
        for (const PlaneSource::Phase& phase : source.phases())
          form->push_back(pack_transposed(source, phase, call.parameters[0].data[kInputKernel], C));
        return form;
      });
  for (std::int64_t n = 0; !source.sees_all() && n < shape_.batch; ++n)
    for (std::int64_t channel = 0; channel < C; ++channel)
      for (std::int64_t pixel = 0; pixel < area; ++pixel)
        call.dx.plane(t, n, channel, area)[pixel * call.dx.pixel_stride] = 0.0f;
  for (std::size_t p = 0; p < weights->size(); ++p) {
    const std::vector<std::int64_t>& offsets = to_input_terms_[p];
    const Terms gates{pairs_of(t) + geometry_.origin(), offsets.data(),
                      static_cast<std::int64_t>(offsets.size())};
    const auto store = [&](std::int64_t block, std::int64_t vector, int vectors, const float* sums) {
      const std::int64_t first = block * kernels.rows;
      for (std::int64_t k = 0; k < std::min<std::int64_t>(kernels.rows, C - first); ++k)
        for (int v = 0; v < vectors; ++v)
          source.store(sums + (k * kernels.max_vectors + v) * kernels.lanes, vector + v, source.phases()[p],
                       {call.dx.plane(t, source.pixels().image_of(vector + v), first + k, area),
                        call.dx.pixel_stride});
    };
    run_product(device_, source.pixels(),
                {{gates, Terms{}}, &(*weights)[p], 4 * planes_of(desc_.hidden_channels)}, nothing_aside,
                store);
  }
}

void DirectFused::add_half_gradients(const BackwardCall& call, const RecurrentTape& tape, std::int64_t first,
                                     std::int64_t steps, std::int64_t slot) {
  const std::int64_t F = desc_.hidden_channels, origin = geometry_.origin(), rows = 4 * F;
  const std::int64_t h_step = F * half_stride(), x_step = input_half_planes() * half_stride();
  const bool has_x = has_input(call, first);
  for (std::int64_t s = 0; s < steps; ++s) {
    split_pairs(tape.h.at(first + s), F, 1, halves_of(h_halves_) + s * h_step);
    if (has_x)
      split_pairs(tape.x.at(first + s), desc_.input_channels, input_half_planes() / desc_.input_channels,
                  halves_of(x_halves_) + s * x_step);
  }
  GradientTask<std::uint16_t> task{halves_of(dpre_halves_) + slot * rows * half_stride() + origin,
                                   half_stride(),
                                   rows * half_stride(),
                                   rows,
                                   steps,
                                   {}};
  add_gradients_of<std::uint16_t>(call,
                                  {has_x ? halves_of(x_halves_) + origin : nullptr, x_step,
                                   halves_of(h_halves_) + origin, h_step, halves_of(ones_)},
                                  task);
  // From the first pixel of the first image to the last one of the last, margins and all.
  add_weight_gradient(device_,
                      (shape_.batch - 1) * geometry_.plane() + geometry_.body_stride() / shape_.batch, task);
}

}  // namespace convlstm::cpu
