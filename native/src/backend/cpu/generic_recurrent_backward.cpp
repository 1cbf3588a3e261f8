// Backward through time: every step is the stages of the cell in reverse, each of which gives the gradients
// by its slots; these go back through the normalizations and the convolutions to the state before. The
// gradients of the kernels are taken over windows of several steps, so that small images fill the sums too.
#include <algorithm>

#include "backend/cpu/generic_recurrent.h"
#include "backend/cpu/weight_gradient.h"

namespace convlstm::cpu {
namespace {

std::size_t index(std::int64_t k) {
  return static_cast<std::size_t>(k);
}

// Parameters whose gradient is a number for each row.
constexpr std::size_t kPerRow[] = {kPeephole, kNormScale, kNormShift};
constexpr std::size_t kPerPixel[] = {kPeephole,           kInputNormScale,     kInputNormShift,
                                     kRecurrentNormScale, kRecurrentNormShift, kMemoryNormScale,
                                     kMemoryNormShift,    kOutputNormScale,    kOutputNormShift};

}  // namespace

std::size_t GenericRecurrent::planes_bytes() const {
  return static_cast<std::size_t>(plane_rows_) * operations_[kRecurrentKernel]->row_plane_bytes();
}

void GenericRecurrent::make_backward_buffers() {
  if (slot_gradients_.count() > 0) return;
  const std::int64_t F = desc_.hidden_channels;
  slot_gradients_ = AlignedBuffer(plan_.slots * slot_floats());
  state_gradients_ = AlignedBuffer(parts_ * slot_floats());
  if (desc_.cell == CLN_CELL_CONV_GRU) reset_gradients_ = AlignedBuffer(slot_floats());
  if (desc_.recurrent_dropout > 0) source_gradients_ = AlignedBuffer(slot_floats());
  if (desc_.peephole == CLN_PEEPHOLE_PER_PIXEL) peephole_gradients_ = AlignedBuffer(3 * slot_floats());
  if (is_layer_norm()) row_gradients_ = AlignedBuffer(plan_.slots * slot_floats());
  planes_ = AlignedBuffer(gradient_window(geometry_) *
                          static_cast<std::int64_t>((planes_bytes() + sizeof(float) - 1) / sizeof(float)));
  sums_.resize(index(F * shape_.batch * kMaxPointwiseSums));
}

NormTotals GenericRecurrent::norm_totals(std::size_t scale, std::int64_t row) {
  if (is_layer_norm())
    return {nullptr, nullptr, nullptr, pixel_totals_[scale].data() + row * body_,
            pixel_totals_[scale + 1].data() + row * body_};
  return {slot_totals_.data() + row, totals_[scale].data() + row, totals_[scale + 1].data() + row};
}

void GenericRecurrent::add_dy(const BackwardCall& backward, std::int64_t t) {
  if (backward.dy.data == nullptr || !writes_y(t, backward.steps)) return;
  const std::int64_t step = desc_.output == CLN_OUTPUT_LAST ? 0 : t;
  for_parts(desc_.hidden_channels * shape_.batch, [&](std::int64_t k) {
    const std::int64_t n = k % shape_.batch;
    if (!backward.mask.does_emit(t, n)) return;
    const float* image = backward.dy.plane(step, n, k / shape_.batch, grid_.area());
    float* dh = state_gradients_.data() + k * body_;
    for (std::int64_t v = 0; v < vectors_; ++v)
      geometry_.add_vector(image, v, dh + geometry_.places()[v].body, backward.dy.pixel_stride);
  });
}

// What the pointwise stage has summed, in the order of channels and images.
void GenericRecurrent::add_stage_totals(const PointwisePlan& plan) {
  const std::int64_t F = desc_.hidden_channels;
  for (std::size_t w = 0; w < plan.writes.size(); ++w) {
    const Operand& operand = plan.writes[w];
    const bool is_slot = operand.array == Array::kSlotGradient && !is_group_norm();
    const bool is_peephole =
        operand.array == Array::kPeepholeGradient && desc_.peephole == CLN_PEEPHOLE_PER_CHANNEL;
    if (!is_slot && !is_peephole) continue;
    double* totals = (is_slot ? slot_totals_ : totals_[kPeephole]).data() + operand.index * F;
    for (std::int64_t k = 0; k < F * shape_.batch; ++k)
      totals[k / shape_.batch] += sums_[index(k * kMaxPointwiseSums) + w];
  }
  if (desc_.peephole != CLN_PEEPHOLE_PER_PIXEL) return;
  for_parts(3 * F, [&](std::int64_t row) {
    float* total = pixel_totals_[kPeephole].data() + row * body_;
    for (std::int64_t n = 0; n < shape_.batch; ++n) {
      const float* products = peephole_gradients_.data() + (row * shape_.batch + n) * body_;
      for (std::int64_t k = 0; k < body_; ++k) total[k] += products[k];
    }
  });
}

void GenericRecurrent::convolve_backward(const Call& call, const BackwardCall& backward, const Convolution& c,
                                         std::int64_t t, std::byte* planes) {
  const std::int64_t F = desc_.hidden_channels;
  const Source source = c.plan.source;
  const std::size_t row_bytes = c.operation->row_plane_bytes();
  if (is_layer_norm()) {  // its rows have gradients of their own
    const float* rows = slot_gradients_.data() + c.plan.slots.front() * slot_floats();
    if (c.norm) {
      const std::int64_t row = c.plan.first_gate * F;
      c.norm->backward(call.tape.raw.floats(t) + c.raw_row * geometry_.body_stride(),
                       norm_parameters(call, c.plan.norm, row), moments(call, t) + c.moments,
                       slot_gradients_.data(), row_gradients_.data(), norm_totals(c.plan.norm, row));
      rows = row_gradients_.data();
    }
    c.operation->pack_rows(rows, static_cast<std::int64_t>(c.plan.slots.size()) * F,
                           planes + index(c.plane_row) * row_bytes);
  }
  const std::size_t part = source == kFromHidden ? kHidden : source == kFromMemory ? kMemory : kCell;
  if (source == kFromInput && backward.dx.data == nullptr) return;
  const bool is_state_before = source == kFromHidden || source == kFromMemory;
  if (is_state_before && t == 0 && part_of(backward.dinitial, part) == nullptr) return;
  float* to = source == kFromReset
                  ? reset_gradients_.data()
                  : state_gradients_.data() + static_cast<std::int64_t>(part) * slot_floats();
  const bool dropped = is_dropped(backward, source);
  for (const Run& run : c.runs[dropped]) {
    const std::byte* dpre = planes + index(plane_row(c, run)) * row_bytes;
    const float* factor = factors(backward, source, run.copy);
    if (source == kFromInput) {
      c.operation->backward_images(call.parameters, rows_of(c, run), dpre, factor, backward.dx, t,
                                   run.gate > 0);
    } else if (!dropped) {
      c.operation->backward_bodies(call.parameters, rows_of(c, run), dpre, to,
                                   source != kFromReset || run.gate > 0);
    } else {
      c.operation->backward_bodies(call.parameters, rows_of(c, run), dpre, source_gradients_.data(), false);
      const bool adds = source != kFromReset || run.gate > 0;
      for_parts(F * shape_.batch, [&](std::int64_t k) {
        const float* dense = factor + (k % shape_.batch * F + k / shape_.batch) * grid_.area();
        for (std::int64_t z = 0; z < grid_.d; ++z)
          for (std::int64_t y = 0; y < grid_.h; ++y) {
            const std::int64_t row = k * body_ + geometry_.layout().at(z, y);
            for (std::int64_t x = 0; x < grid_.w; ++x) {
              const float d = source_gradients_.data()[row + x] * *dense++;
              to[row + x] = adds ? to[row + x] + d : d;
            }
          }
      });
    }
  }
}

void GenericRecurrent::run_backward_step(const Call& call, const BackwardCall& backward, std::int64_t t,
                                         std::byte* planes) {
  const std::size_t row_bytes = operations_[kRecurrentKernel]->row_plane_bytes();
  add_dy(backward, t);
  for (auto stage = stages_.rbegin(); stage != stages_.rend(); ++stage) {
    run_pointwise(call, stage->plan.backward, t, 0);
    add_stage_totals(stage->plan.backward);
    const std::int64_t first = stage->plan.first_slot * desc_.hidden_channels;
    float* gradients = slot_gradients_.data() + first * geometry_.body_stride();
    if (stage->norm)
      stage->norm->backward(call.tape.raw.floats(t) + first * geometry_.body_stride(),
                            norm_parameters(call, kNormScale, first), moments(call, t) + stage->moments,
                            slot_gradients_.data(), gradients, norm_totals(kNormScale, first));
    if (!is_layer_norm())
      operations_[kRecurrentKernel]->pack_rows(gradients, stage->plan.slots * desc_.hidden_channels,
                                               planes + index(first) * row_bytes);
    for (const Convolution& c : stage->convolutions)
      if (c.plan.source != kFromInput || call.has_input(t)) convolve_backward(call, backward, c, t, planes);
  }
}

void GenericRecurrent::add_kernel_gradients(const Call& call, const BackwardCall& backward, StepRange steps) {
  const auto* window = reinterpret_cast<const std::byte*>(planes_.data());
  for (const Stage& stage : stages_)
    for (const Convolution& c : stage.convolutions) {
      float* gradient = backward.gradients[0][c.plan.kernel];
      StepRange range = steps;
      if (c.plan.source == kFromInput)
        range = {std::max(steps.begin, backward.input.begin), std::min(steps.end, backward.input.end)};
      if (gradient == nullptr || range.begin >= range.end) continue;
      if (c.plan.source == kFromInput && backward.x.data == nullptr) continue;
      const TapePart& sources = call.tape.sources[c.plan.source];
      for (const Run& run : c.runs[is_dropped(backward, c.plan.source)])
        c.operation->backward_kernel(
            rows_of(c, run),
            window + index(range.begin - steps.begin) * planes_bytes() +
                index(plane_row(c, run)) * c.operation->row_plane_bytes(),
            planes_bytes(),
            sources.at(range.begin) + static_cast<std::size_t>(run.copy) * c.operation->source_bytes(),
            sources.step, range.end - range.begin, gradient);
    }
}

void GenericRecurrent::add_parameter_gradients(const BackwardCall& backward) {
  const std::int64_t F = desc_.hidden_channels;
  const auto add_bias = [&](std::size_t place, const std::vector<int>& slots) {
    float* gradient = backward.gradients[0][place];
    for (std::size_t gate = 0; gradient != nullptr && gate < slots.size(); ++gate)
      for (std::int64_t k = 0; k < F; ++k)
        *gradient++ += static_cast<float>(slot_totals_[index(slots[gate] * F + k)]);
  };
  add_bias(kGateBias, plan_.bias_slots);
  add_bias(kRecurrentBias, plan_.recurrent_bias_slots);
  for (const std::size_t place : kPerRow)
    for (std::size_t k = 0; backward.gradients[0][place] != nullptr && k < totals_[place].size(); ++k)
      backward.gradients[0][place][k] += static_cast<float>(totals_[place][k]);
  std::vector<float> image(index(grid_.area()));
  for (const std::size_t place : kPerPixel) {
    float* gradient = backward.gradients[0][place];
    for (std::int64_t row = 0; gradient != nullptr && row < pixel_totals_[place].count() / body_; ++row) {
      geometry_.unpack_body(pixel_totals_[place].data(), row, image.data());
      for (const float value : image) *gradient++ += value;
    }
  }
}

void GenericRecurrent::backward(const BackwardCall& backward) {
  make_backward_buffers();
  auto* memory = static_cast<std::byte*>(const_cast<void*>(backward.reserve));  // only read from here on
  const Call call{backward,
                  backward.parameters[0],
                  constants_of(backward.parameters[0]),
                  tape(backward.steps, true).over(memory),
                  {}};
  make_factors(backward);
  const std::int64_t F = desc_.hidden_channels, window = gradient_window(geometry_);
  slot_totals_.assign(index(plan_.slots * F), 0.0);
  totals_[kPeephole].assign(index(3 * F), 0.0);
  for (const std::size_t place : {kNormScale, kNormShift}) totals_[place].assign(slot_totals_.size(), 0.0);
  for (const std::size_t place : kPerPixel) {
    const AlignedBuffer& pixels = call.constants->pixels[place];
    if (pixel_totals_[place].count() != pixels.count()) pixel_totals_[place] = AlignedBuffer(pixels.count());
    std::fill_n(pixel_totals_[place].data(), pixels.count(), 0.0f);
  }
  const auto for_state = [&](const auto& body) {
    for_parts(F * shape_.batch * parts_, [&](std::int64_t k) {
      const std::int64_t image = (k % shape_.batch * F + k / shape_.batch % F) * grid_.area();
      body(index(k / shape_.batch / F), image, k);
    });
  };
  for_state([&](std::size_t part, std::int64_t image, std::int64_t k) {
    const float* from = part_of(backward.dfinal, part);
    geometry_.pack_body(from != nullptr ? from + image : nullptr, state_gradients_.data(), k);
  });
  for (std::int64_t end = backward.steps; end > 0; end = std::max<std::int64_t>(end - window, 0)) {
    const std::int64_t first = std::max<std::int64_t>(end - window, 0);
    for (std::int64_t t = end - 1; t >= first; --t)
      run_backward_step(call, backward, t,
                        reinterpret_cast<std::byte*>(planes_.data()) + index(t - first) * planes_bytes());
    add_kernel_gradients(call, backward, {first, end});
  }
  add_parameter_gradients(backward);
  for_state([&](std::size_t part, std::int64_t image, std::int64_t k) {
    if (float* to = part_of(backward.dinitial, part))
      geometry_.unpack_body(state_gradients_.data(), k, to + image);
  });
}

}  // namespace convlstm::cpu
