// Backward through time. Each step is one product, of the transposed recurrent kernel with the gate gradients
// of the step after, whose sums go straight through the gates of this step. The gradients of the weights are
// taken over windows of several steps, so that small images fill the sums too.
#include <algorithm>

#include "backend/cpu/direct_fused.h"
#include "backend/cpu/product.h"

namespace convlstm::cpu {

// Rows are channels of the source of a kernel.
PackedRows DirectFused::pack_transposed(const PlaneSource& source, const PlaneSource::Phase& phase,
                                        const float* kernel, std::int64_t channels) const {
  const std::int64_t F = desc_.hidden_channels, rows = device_.kernels.rows;
  const std::int64_t elements = source.kernel_area();
  const WeightRuns of_gate = source.transposed_runs(phase, F, channels);
  return pack_rows(
      device_.pool, (channels + rows - 1) / rows, device_.kernels.rows, {of_gate, of_gate, of_gate, of_gate},
      [&](std::size_t gate, std::int64_t row) {
        const std::int64_t first = static_cast<std::int64_t>(gate) * F * channels;
        return row < channels ? kernel + (first + row) * elements : nullptr;
      },
      is_half_);
}

std::shared_ptr<const DirectFused::BackwardForm> DirectFused::backward_form(
    const ParameterViews& parameters) {
  return parameters.packed->get<BackwardForm>(key_ + " backward", parameters.version, [&] {
    const std::int64_t F = desc_.hidden_channels, rows = device_.kernels.rows;
    auto form = std::make_shared<BackwardForm>();
    form->to_hidden =
        pack_transposed(hidden_, hidden_.phases().front(), parameters.data[kRecurrentKernel], F);
    form->peephole_stride = form->to_hidden.blocks * rows;
    form->peephole.assign(static_cast<std::size_t>(3 * form->peephole_stride), 0.0f);
    for (std::int64_t part = 0; parameters.data[kPeephole] != nullptr && part < 3; ++part)
      std::copy_n(parameters.data[kPeephole] + part * F, F,
                  form->peephole.data() + part * form->peephole_stride);
    return form;
  });
}

// To the gradient by h that the step after gives: those that come from outside.
void DirectFused::add_outer_gradients(const BackwardStep& step, const Block& block,
                                      std::int64_t count) const {
  const BackwardCall& call = step.call;
  const float* dh_final = step.t + 1 == call.steps ? part_of(call.dfinal, kHidden) : nullptr;
  const bool has_dy = call.dy.data != nullptr && emits(step.t, call.steps);
  for (std::int64_t k = 0; k < count; ++k)
    for (int v = 0; v < block.vectors; ++v) {
      const std::int64_t vector = block.vector + v, n = geometry_.image_of(vector);
      const std::int64_t channel = block.channel + k;
      if (has_dy && call.mask.does_emit(step.t, n))
        geometry_.add_vector(call.dy.plane(desc_.output == CLN_OUTPUT_LAST ? 0 : step.t, n, channel, area_),
                             vector, row_of(block, k, v), call.dy.pixel_stride);
      if (dh_final != nullptr)
        geometry_.add_vector(dh_final + (n * desc_.hidden_channels + channel) * area_, vector,
                             row_of(block, k, v));
    }
}

void DirectFused::lead_back(const BackwardStep& step, const Block& block, std::int64_t count) const {
  const RecurrentTape& tape = step.tape;
  const std::int64_t t = step.t, body_stride = geometry_.body_stride();
  const std::int64_t plane_stride = geometry_.plane_stride(), body = block.channel * body_stride;
  BackwardGates gates;
  gates.sums = block.sums;
  gates.places = geometry_.places() + block.vector;
  gates.vectors = block.vectors;
  gates.channels = static_cast<int>(count);
  gates.peephole = step.form.peephole.data() + block.channel;
  gates.peephole_stride = step.form.peephole_stride;
  gates.c_before = tape.c.at(t) + body;
  gates.gates = is_half_ ? nullptr : tape.gates.at(t) + body;
  gates.half_gates = is_half_ ? reinterpret_cast<const std::uint16_t*>(tape.gates.at(t)) + body : nullptr;
  gates.c = tape.c.at(t + 1) + body;
  gates.cell_c = is_half_ ? nullptr : tape.cell_c.at(t) + body;
  gates.clip = desc_.cell_clip;
  gates.dc = dc_.data() + body;
  gates.dpre = step.dpre + geometry_.origin() + block.channel * plane_stride;
  gates.body_stride = body_stride;
  gates.plane_stride = plane_stride;
  gates.gate_stride = desc_.hidden_channels * body_stride;
  gates.dpre_gate_stride = desc_.hidden_channels * plane_stride;
  backward_gates_(gates);
}

void DirectFused::run_backward_step(const BackwardStep& step) {
  const BackwardCall& call = step.call;
  const std::int64_t t = step.t, F = desc_.hidden_channels, rows = device_.kernels.rows;
  const std::int64_t plane_stride = geometry_.plane_stride();
  const auto finish = [&](std::int64_t part, std::int64_t vector, int vectors, float* sums) {
    const Block block{part * rows, vector, vectors, sums};
    const std::int64_t count = std::min(rows, F - block.channel);
    if (has_mask(call)) add_passed(block, count);
    add_outer_gradients(step, block, count);
    for_active(call, t, block, [&](const Block& of_same, bool is_active) {
      is_active ? lead_back(step, of_same, count) : pass_gradients(step, of_same, count);
    });
    for (int v = 0; is_half_ && v < vectors; ++v)
      for (std::int64_t gate = 0; gate < 4; ++gate) {
        const std::int64_t place = geometry_.origin() + geometry_.places()[vector + v].plane;
        store_pairs(step.dpre + place + (gate * F + block.channel) * plane_stride, plane_stride,
                    block.channel, count, pairs_of(t) + place + gate * planes_of(F) * plane_stride);
      }
  };
  const bool is_last = t + 1 == call.steps;
  const Terms after = is_last ? Terms{} : gate_terms(t + 1, step.dpre_after);
  run_product(device_, geometry_.pixels(), {{after, Terms{}}, &step.form.to_hidden, 4 * planes_of(F)},
              nothing_aside, finish, [&](std::int64_t vector, int vectors) {
                return is_last || has_active(call, t + 1, vector, vectors);
              });
}

template <typename Number>
void DirectFused::add_gradients_of(const BackwardCall& call, const GradientSources<Number>& sources,
                                   GradientTask<Number>& task) {
  static const std::vector<std::int64_t> one_column{0};
  const auto add = [&](const Number* planes, std::int64_t step, const std::vector<std::int64_t>& offsets,
                       RecurrentParameter place, std::int64_t row_size,
                       const std::vector<std::int64_t>& columns) {
    task.ranges.push_back({planes, step, &offsets, call.gradients[0][place], row_size, &columns});
  };
  if (sources.x != nullptr)
    add(sources.x, sources.x_step, input_shifts_, kInputKernel,
        desc_.input_channels * input_->source().kernel_area(), input_columns_);
  add(sources.h, sources.h_step, hidden_shifts_, kRecurrentKernel,
      desc_.hidden_channels * hidden_.kernel_area(), hidden_columns_);
  add(sources.ones, 0, one_column, kGateBias, 1, one_column);
  add(sources.ones, 0, one_column, kRecurrentBias, 1, one_column);
}

template void DirectFused::add_gradients_of(const BackwardCall&, const GradientSources<std::uint16_t>&,
                                            GradientTask<std::uint16_t>&);

// Steps [first, first + steps): all with an input, or all without.
void DirectFused::add_gradients(const BackwardCall& call, const RecurrentTape& tape, std::int64_t first,
                                std::int64_t steps, const float* dpre) {
  const std::int64_t rows = 4 * desc_.hidden_channels, origin = geometry_.origin();
  const std::int64_t stride = geometry_.plane_stride();
  GradientTask<float> task{dpre + origin, stride, rows * stride, rows, steps, {}};
  add_gradients_of<float>(call,
                          {has_input(call, first) ? tape.x.at(first) + origin : nullptr, tape.x.step,
                           tape.h.at(first) + origin, tape.h.step, ones_.data() + origin},
                          task);
  add_weight_gradient(device_, geometry_, task);
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
  const std::int64_t F = desc_.hidden_channels, rows = device_.kernels.rows;
  if (float* dc = part_of(call.dinitial, kCell))
    for_parts(hidden_images_, [&](std::int64_t k) {
      geometry_.unpack_body(dc_.data(), k, dc + (k % shape_.batch * F + k / shape_.batch) * area_);
    });
  float* dh = part_of(call.dinitial, kHidden);
  if (dh == nullptr) return;
  run_product(
      device_, geometry_.pixels(), {{gate_terms(0, dpre), Terms{}}, &form.to_hidden, 4 * planes_of(F)},
      nothing_aside, [&](std::int64_t part, std::int64_t vector, int vectors, float* sums) {
        const Block block{part * rows, vector, vectors, sums};
        const std::int64_t count = std::min(rows, F - block.channel);
        if (has_mask(call)) add_passed(block, count);
        for (std::int64_t k = 0; k < count; ++k)
          for (int v = 0; v < vectors; ++v)
            geometry_.store_vector(row_of(block, k, v), vector + v,
                                   dh + (geometry_.image_of(vector + v) * F + block.channel + k) * area_);
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
    if (is_half_) make_half_buffers(window);
  }
  if (has_mask(call) && passed_.count() == 0) passed_ = AlignedBuffer(F * geometry_.body_stride());
  const auto form = backward_form(call.parameters[0]);
  const RecurrentTape tape =
      RecurrentTape::training(tape_step(), call.steps)
          .over(static_cast<float*>(const_cast<void*>(call.reserve)));  // only read from here on
  for_parts(hidden_images_, [&](std::int64_t k) {
    const float* dc = part_of(call.dfinal, kCell);
    const std::int64_t image = (k % shape_.batch * F + k / shape_.batch) * area_;
    geometry_.pack_body(dc != nullptr ? dc + image : nullptr, dc_.data(), k);
    if (has_mask(call)) geometry_.pack_body(nullptr, passed_.data(), k);
  });

  const float* dpre_after = nullptr;
  bool second_half = false;  // the windows take turns: a step reads the first of the window after
  for (std::int64_t end = call.steps; end > 0; end = std::max<std::int64_t>(end - window, 0)) {
    const std::int64_t first = std::max<std::int64_t>(end - window, 0);
    float* dpre = dpre_.data() + (second_half ? window * step : 0);
    for (std::int64_t t = end - 1; t >= first; --t) {
      float* here = dpre + (t - first) * step;
      run_backward_step({call, *form, tape, t, dpre_after, here});
      if (is_half_) keep_half_rows(t, t - first);
      if (is_half_ && call.dx.data != nullptr && has_input(call, t)) write_half_dx(call, t);
      dpre_after = here;
    }
    for (std::int64_t t = first, next; t < end; t = next) {
      for (next = t + 1; next < end && has_input(call, next) == has_input(call, t);) ++next;
      if (is_half_)
        add_half_gradients(call, tape, t, next - t, t - first);
      else
        add_gradients(call, tape, t, next - t, dpre + (t - first) * step);
      if (call.gradients[0][kPeephole] != nullptr)
        add_peephole_gradient(call, tape, t, next - t, dpre + (t - first) * step);
    }
    for (std::int64_t t = first; call.dx.data != nullptr && !is_half_ && t < end; ++t)
      if (has_input(call, t))
        input_->backward_images(call.parameters[0], {0, 4 * F}, dpre + (t - first) * step, nullptr, call.dx,
                                t, false);
    second_half = !second_half;
  }
  write_dinitial(call, *form, dpre_after);
}

}  // namespace convlstm::cpu
