// Backward through time. Each step is one product, of the transposed recurrent kernel with the gate gradients
// of the step after, whose sums go straight through the gates of this step. The gradients of the weights are
// taken over windows of several steps, so that small images fill the sums too.
#include <algorithm>

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/product.h"
#include "cell/bfloat16.h"

namespace convlstm::cpu {

std::shared_ptr<const DirectFused::BackwardForm> DirectFused::backward_form(
    const ParameterViews& parameters) {
  return parameters.packed->get<BackwardForm>(key_ + " backward", parameters.version, [&] {
    const std::int64_t F = desc_.hidden_channels, rows = device_.kernels.rows;
    const std::int64_t elements = hidden_.kernel_area();
    auto form = std::make_shared<BackwardForm>();
    const WeightRuns of_gate = hidden_.transposed_runs(hidden_.phases().front(), F, F);
    form->to_hidden = pack_rows(
        device_.pool, (F + rows - 1) / rows, device_.kernels.rows, {of_gate, of_gate, of_gate, of_gate},
        [&](std::size_t gate, std::int64_t row) {
          const float* kernel =
              parameters.data[kRecurrentKernel] + static_cast<std::int64_t>(gate) * F * F * elements;
          return row < F ? kernel + row * elements : nullptr;
        },
        is_half_);
    form->peephole_stride = form->to_hidden.blocks * rows;
    form->peephole.assign(static_cast<std::size_t>(3 * form->peephole_stride), 0.0f);
    for (std::int64_t part = 0; parameters.data[kPeephole] != nullptr && part < 3; ++part)
      std::copy_n(parameters.data[kPeephole] + part * F, F,
                  form->peephole.data() + part * form->peephole_stride);
    return form;
  });
}

void DirectFused::run_backward_step(const BackwardCall& call, const BackwardForm& form,
                                    const RecurrentTape& tape, std::int64_t t, const float* dpre_after,
                                    float* dpre) {
  const Kernels& kernels = device_.kernels;
  const std::int64_t F = desc_.hidden_channels, origin = geometry_.origin();
  const std::int64_t body_stride = geometry_.body_stride(), plane_stride = geometry_.plane_stride();
  const bool is_last = t + 1 == call.steps;
  const float* dh_final = is_last ? part_of(call.dfinal, kHidden) : nullptr;
  const bool has_dy = call.dy.data != nullptr && emits(t, call.steps);

  const auto apply_gates = [&](std::int64_t block, std::int64_t vector, int vectors, float* sums) {
    const std::int64_t channel = block * kernels.rows,
                       count = std::min<std::int64_t>(kernels.rows, F - channel);
    for (std::int64_t k = 0; k < count; ++k)
      for (int v = 0; v < vectors; ++v) {
        float* lanes = sums + (k * kernels.max_vectors + v) * kernels.lanes;
        const std::int64_t n = geometry_.image_of(vector + v);
        if (has_dy)
          geometry_.add_vector(call.dy.plane(desc_.output == CLN_OUTPUT_LAST ? 0 : t, n, channel + k, area_),
                               vector + v, lanes, call.dy.pixel_stride);
        if (dh_final != nullptr)
          geometry_.add_vector(dh_final + (n * F + channel + k) * area_, vector + v, lanes);
      }
    BackwardGates gates;
    gates.sums = sums;
    gates.places = geometry_.places() + vector;
    gates.vectors = vectors;
    gates.channels = static_cast<int>(count);
    gates.peephole = form.peephole.data() + channel;
    gates.peephole_stride = form.peephole_stride;
    gates.c_before = tape.c.at(t) + channel * body_stride;
    gates.gates = is_half_ ? nullptr : tape.gates.at(t) + channel * body_stride;
    gates.half_gates =
        is_half_ ? reinterpret_cast<const std::uint16_t*>(tape.gates.at(t)) + channel * body_stride : nullptr;
    gates.c = tape.c.at(t + 1) + channel * body_stride;
    gates.cell_c = is_half_ ? nullptr : tape.cell_c.at(t) + channel * body_stride;
    gates.clip = desc_.cell_clip;
    gates.dc = dc_.data() + channel * body_stride;
    gates.dpre = dpre + origin + channel * plane_stride;
    gates.body_stride = body_stride;
    gates.plane_stride = plane_stride;
    gates.gate_stride = F * body_stride;
    gates.dpre_gate_stride = F * plane_stride;
    backward_gates_(gates);
    for (int v = 0; is_half_ && v < vectors; ++v)
      for (std::int64_t gate = 0; gate < 4; ++gate) {
        const std::int64_t place = origin + geometry_.places()[vector + v].plane;
        store_pairs(dpre + place + (gate * F + channel) * plane_stride, plane_stride, channel, count,
                    pairs_of(t) + place + gate * planes_of(F) * plane_stride);
      }
  };
  Terms after{};
  if (!is_last) after = gate_terms(t + 1, dpre_after);
  run_product(device_, geometry_.pixels(), {{after, Terms{}}, &form.to_hidden, 4 * planes_of(F)},
              nothing_aside, apply_gates);
}

// Steps [first, first + steps): all with an input, or all without.
void DirectFused::add_gradients(const BackwardCall& call, const RecurrentTape& tape, std::int64_t first,
                                std::int64_t steps, const float* dpre) {
  const std::int64_t F = desc_.hidden_channels, origin = geometry_.origin();
  static const std::vector<std::int64_t> one_column{0};
  GradientTask task;
  task.rows = dpre + origin;
  task.row_step = 4 * F * geometry_.plane_stride();
  task.row_count = 4 * F;
  task.steps = steps;
  const float *x = tape.x.at(first), *h = tape.h.at(first);
  std::int64_t x_step = tape.x.step, h_step = tape.h.step;
  if (is_half_) {
    const std::int64_t stride = geometry_.plane_stride();
    h_step = F * stride;
    h = h_floats_.data();
    for (std::int64_t s = 0; s < steps; ++s)
      split_pairs(tape.h.at(first + s), F, stride, h_floats_.data() + s * h_step);
  }
  if (is_half_ && has_input(call, first)) {
    const std::int64_t stride = input_->source().channel_stride();
    x_step = desc_.input_channels * stride;
    x = x_floats_.data();
    for (std::int64_t s = 0; s < steps; ++s)
      split_pairs(tape.x.at(first + s), desc_.input_channels, stride, x_floats_.data() + s * x_step);
  }
  const auto add = [&](const float* planes, std::int64_t step, const std::vector<std::int64_t>& offsets,
                       RecurrentParameter place, std::int64_t row_size,
                       const std::vector<std::int64_t>& columns) {
    task.ranges.push_back({planes + origin, step, &offsets, call.gradients[0][place], row_size, &columns});
  };
  if (has_input(call, first))
    add(x, x_step, input_shifts_, kInputKernel, desc_.input_channels * input_->source().kernel_area(),
        input_columns_);
  add(h, h_step, hidden_shifts_, kRecurrentKernel, F * hidden_.kernel_area(), hidden_columns_);
  add(ones_.data(), 0, one_column, kGateBias, 1, one_column);
  add(ones_.data(), 0, one_column, kRecurrentBias, 1, one_column);
  add_weight_gradient(device_, geometry_, task);
  if (call.gradients[0][kPeephole] != nullptr) add_peephole_gradient(call, tape, first, steps, dpre);
}

void DirectFused::split_pairs(const float* pairs, std::int64_t channels, std::int64_t stride, float* floats) {
  for_parts(planes_of(channels), [&](std::int64_t plane) {
    const float* from = pairs + plane * stride;
    float* to = floats + 2 * plane * stride;
    for (std::int64_t k = 0; k < stride; ++k) to[k] = bfloat16::even_of(from[k]);
    for (std::int64_t k = 0; 2 * plane + 1 < channels && k < stride; ++k)
      to[stride + k] = bfloat16::odd_of(from[k]);
  });
}

void DirectFused::add_peephole_gradient(const BackwardCall& call, const RecurrentTape& tape,
                                        std::int64_t first, std::int64_t steps, const float* dpre) {
  const std::int64_t F = desc_.hidden_channels, plane_stride = geometry_.plane_stride();
  for_parts(F, [&](std::int64_t channel) {
    for (std::int64_t s = 0; s < steps; ++s) {
      const auto add = [&](std::int64_t part, std::int64_t gate, const float* c) {
        const float* row =
            dpre + s * 4 * F * plane_stride + (gate * F + channel) * plane_stride + geometry_.origin();
        call.gradients[0][kPeephole][part * F + channel] += device_.kernels.dot(
            row, c + channel * geometry_.body_stride(), geometry_.places(), geometry_.vectors());
      };
      add(0, 0, tape.c.at(first + s));
      add(1, 1, tape.c.at(first + s));
      add(2, 3, tape.c.at(first + s + 1));
    }
  });
}

void DirectFused::write_dinitial(const BackwardCall& call, const BackwardForm& form, const float* dpre) {
  const Kernels& kernels = device_.kernels;
  const std::int64_t F = desc_.hidden_channels;
  if (float* dc = part_of(call.dinitial, kCell))
    for_parts(hidden_images_, [&](std::int64_t k) {
      geometry_.unpack_body(dc_.data(), k, dc + (k % shape_.batch * F + k / shape_.batch) * area_);
    });
  float* dh = part_of(call.dinitial, kHidden);
  if (dh == nullptr) return;
  run_product(device_, geometry_.pixels(),
              {{gate_terms(0, dpre), Terms{}}, &form.to_hidden, 4 * planes_of(F)}, nothing_aside,
              [&](std::int64_t block, std::int64_t vector, int vectors, const float* sums) {
                const std::int64_t channel = block * kernels.rows;
                for (std::int64_t k = 0; k < std::min<std::int64_t>(kernels.rows, F - channel); ++k)
                  for (int v = 0; v < vectors; ++v)
                    geometry_.store_vector(sums + (k * kernels.max_vectors + v) * kernels.lanes, vector + v,
                                           dh + (geometry_.image_of(vector + v) * F + channel + k) * area_);
              });
}

void DirectFused::backward(const BackwardCall& call) {
  const std::int64_t F = desc_.hidden_channels, window = gradient_window(geometry_);
  const std::int64_t step = 4 * F * geometry_.plane_stride();
  if (dpre_.count() == 0) {
    dpre_ = AlignedBuffer(2 * window * step);
    dc_ = AlignedBuffer(F * geometry_.body_stride());
    ones_ = AlignedBuffer(geometry_.plane_stride());
    std::fill_n(ones_.data(), ones_.count(), 1.0f);
    if (is_half_) {
      dpre_pairs_ = AlignedBuffer(2 * 4 * planes_of(F) * geometry_.plane_stride());
      h_floats_ = AlignedBuffer(window * F * geometry_.plane_stride());
      if (input_)
        x_floats_ = AlignedBuffer(window * desc_.input_channels * input_->source().channel_stride());
    }
  }
  const auto form = backward_form(call.parameters[0]);
  const RecurrentTape tape =
      RecurrentTape::training(tape_step(), call.steps)
          .over(static_cast<float*>(const_cast<void*>(call.reserve)));  // only read from here on
  for_parts(hidden_images_, [&](std::int64_t k) {
    const float* dc = part_of(call.dfinal, kCell);
    const std::int64_t image = (k % shape_.batch * F + k / shape_.batch) * area_;
    geometry_.pack_body(dc != nullptr ? dc + image : nullptr, dc_.data(), k);
  });

  const float* dpre_after = nullptr;
  bool second_half = false;  // the windows take turns: a step reads the first of the window after
  for (std::int64_t end = call.steps; end > 0; end = std::max<std::int64_t>(end - window, 0)) {
    const std::int64_t first = std::max<std::int64_t>(end - window, 0);
    float* dpre = dpre_.data() + (second_half ? window * step : 0);
    for (std::int64_t t = end - 1; t >= first; --t) {
      float* here = dpre + (t - first) * step;
      run_backward_step(call, *form, tape, t, dpre_after, here);
      dpre_after = here;
    }
    for (std::int64_t t = first, next; t < end; t = next) {
      for (next = t + 1; next < end && has_input(call, next) == has_input(call, t);) ++next;
      add_gradients(call, tape, t, next - t, dpre + (t - first) * step);
    }
    for (std::int64_t t = first; call.dx.data != nullptr && t < end; ++t)
      if (has_input(call, t))
        input_->backward_images(call.parameters[0], {0, 4 * F}, dpre + (t - first) * step, nullptr, call.dx,
                                t, false);
    second_half = !second_half;
  }
  write_dinitial(call, *form, dpre_after);
}

}  // namespace convlstm::cpu
