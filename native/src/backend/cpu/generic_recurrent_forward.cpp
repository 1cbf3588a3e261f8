#include <algorithm>
#include <cstring>

#include "backend/cpu/generic_recurrent.h"

namespace convlstm::cpu {

GenericRecurrent::Call GenericRecurrent::start(const ForwardCall& forward) {
  const bool training = forward.reserve != nullptr;
  GenericTape layout = tape(forward.steps, training);
  if (training) {
    layout = layout.over(static_cast<std::byte*>(forward.reserve));
    for (const Stage& stage : stages_)
      for (const Convolution& c : stage.convolutions) {
        const TapePart& sources = layout.sources[c.plan.source];
        for (std::int64_t t = 0; t < sources.slots; ++t)
          for (std::size_t at = 0; at < sources.step; at += c.operation->source_bytes())
            c.operation->clear_source(sources.at(t) + at);
      }
  } else {
    if (inference_tape_.count() == 0)
      inference_tape_ = AlignedBuffer(static_cast<std::int64_t>(layout.bytes() / sizeof(float)));
    layout = layout.over(reinterpret_cast<std::byte*>(inference_tape_.data()));
  }
  if (panels_.count() == 0) panels_ = AlignedBuffer(panel_floats());
  make_factors(forward);
  const std::int64_t F = desc_.hidden_channels;
  for_parts(F * shape_.batch, [&](std::int64_t k) {
    const std::int64_t image = (k % shape_.batch * F + k / shape_.batch) * grid_.area();
    for (std::int64_t part = 0; part < parts_; ++part) {
      const float* from = part_of(forward.initial, static_cast<std::size_t>(part));
      float* to = part == 0 ? layout.hidden.floats(0) : layout.cells.floats(0) + (part - 1) * slot_floats();
      geometry_.pack_body(from != nullptr ? from + image : nullptr, to, k);
    }
  });
  Call call{forward, forward.parameters[0], constants_of(forward.parameters[0]), layout, {}};
  pack_sums(call);
  return call;
}

void GenericRecurrent::pack_source(const Call& call, const Convolution& c, std::int64_t t) {
  const Source source = c.plan.source;
  const std::size_t copies = is_dropped(call.sequence, source) ? c.plan.slots.size() : 1;
  for (std::size_t copy = 0; copy < copies; ++copy) {
    std::byte* to = call.tape.sources[source].at(t) + copy * c.operation->source_bytes();
    const float* factor = factors(call.sequence, source, static_cast<int>(copy));
    if (source == kFromInput) {
      for (std::int64_t n = 0; n < shape_.batch; ++n)
        c.operation->pack_image(call.sequence.x, t, n, factor, to);
    } else {
      const float* from = source == kFromHidden  ? call.tape.hidden.floats(t)
                          : source == kFromReset ? slots_.data() + kResetSlot * slot_floats()
                          : source == kFromCells ? call.tape.cells.floats(t + 1)
                                                 : call.tape.cells.floats(t) + slot_floats();
      c.operation->pack_bodies(from, factor, to);
    }
  }
}

// `written`: the slots that hold sums already.
void GenericRecurrent::convolve(const Call& call, const Convolution& c, std::int64_t t,
                                std::uint32_t* written) {
  const bool dropped = is_dropped(call.sequence, c.plan.source);
  float* sums = is_group_norm() ? call.tape.raw.floats(t) : slots_.data();
  float* raw = c.norm ? call.tape.raw.floats(t) + c.raw_row * geometry_.body_stride() : nullptr;
  for (const Run& run : c.runs[dropped]) {
    const std::byte* source = call.tape.sources[c.plan.source].at(t) +
                              static_cast<std::size_t>(run.copy) * c.operation->source_bytes();
    float* to = raw != nullptr ? raw + run.gate * slot_floats() : sums + run.slot * slot_floats();
    const bool adds = raw == nullptr && (*written >> run.slot & 1) != 0;
    c.operation->forward(call.parameters, rows_of(c, run), source, to, adds);
  }
  if (c.norm)
    c.norm->forward(raw, norm_parameters(call, c.plan.norm, c.plan.first_gate * desc_.hidden_channels),
                    moments(call, t) + c.moments, slots_.data(), *written);
  for (const int slot : c.plan.slots) *written |= 1u << slot;
}

void GenericRecurrent::normalize(const Call& call, const Stage& stage, std::int64_t t) {
  if (!stage.norm) return;
  const std::int64_t first = stage.plan.first_slot;
  stage.norm->forward(call.tape.raw.floats(t) + first * slot_floats(),
                      norm_parameters(call, kNormScale, first * desc_.hidden_channels),
                      moments(call, t) + stage.moments, slots_.data(), 0);
}

void GenericRecurrent::run_step(const Call& call, std::int64_t t) {
  std::uint32_t written = 0;
  Source packed = kSourceCount;
  for (const Stage& stage : stages_) {
    for (const Convolution& c : stage.convolutions) {
      if (c.plan.source == kFromInput && !call.has_input(t)) continue;
      if (c.plan.source != packed) pack_source(call, c, t);
      packed = c.plan.source;
      if (!sums_up()) convolve(call, c, t, &written);
    }
    if (sums_up()) {
      run_stage(call, stage, t, &written);
    } else {
      normalize(call, stage, t);
      run_pointwise(call, stage.plan.forward, t, written);
    }
  }
}

GenericRecurrent::Bound GenericRecurrent::bind(const Call& call, const Operand& operand, std::int64_t t,
                                               std::uint32_t written) const {
  const std::int64_t F = desc_.hidden_channels;
  const bool per_pixel = desc_.peephole == CLN_PEEPHOLE_PER_PIXEL;
  const auto body = static_cast<std::size_t>(body_) * sizeof(float);
  const auto bodies = [&](float* slots, std::int64_t slot) {
    return Bound{reinterpret_cast<std::byte*>(slots + slot * slot_floats()),
                 body * static_cast<std::size_t>(shape_.batch), body};
  };
  const auto state = [&](std::int64_t when) {
    return operand.index == kHidden ? bodies(call.tape.hidden.floats(when), 0)
                                    : bodies(call.tape.cells.floats(when), operand.index - 1);
  };
  switch (operand.array) {
    case Array::kSum: {
      Bound sum = bodies(slots_.data(), operand.index);
      if ((written >> operand.index & 1) == 0) sum.data = nullptr;
      sum.constants = call.constants->sum_bias.data() + operand.index * F;
      return sum;
    }
    case Array::kSlot:
      return bodies(slots_.data(), operand.index);
    case Array::kBefore:
      return state(t);
    case Array::kAfter:
      return state(t + 1);
    case Array::kGate:
    case Array::kUnitGate: {
      if (call.tape.gates.slots == 0) return {};
      if (desc_.storage == CLN_STORAGE_FLOAT32) return bodies(call.tape.gates.floats(t), operand.index);
      const std::size_t half = body / 2, channel = half * static_cast<std::size_t>(shape_.batch);
      const auto rows = static_cast<std::size_t>(operand.index * F);
      return {call.tape.gates.at(t) + rows * channel, channel, half, nullptr,
              operand.array == Array::kGate ? Stored::kBfloat16 : Stored::kUnit16};
    }
    case Array::kPeephole: {
      Bound peephole;
      if (per_pixel) {
        const float* pixels = call.constants->pixels[kPeephole].data() + operand.index * F * body_;
        peephole.data = reinterpret_cast<std::byte*>(const_cast<float*>(pixels));  // only read
        peephole.channel = body;
      } else if (desc_.peephole == CLN_PEEPHOLE_PER_CHANNEL) {
        peephole.constants = call.parameters.data[kPeephole] + operand.index * F;
      }
      return peephole;
    }
    case Array::kSlotGradient:
      return bodies(slot_gradients_.data(), operand.index);
    case Array::kStateGradient:
      return bodies(state_gradients_.data(), operand.index);
    case Array::kResetGradient:
      return bodies(reset_gradients_.data(), 0);
    case Array::kPeepholeGradient:
      return per_pixel ? bodies(peephole_gradients_.data(), operand.index) : Bound{};
  }
  return {};
}

GenericRecurrent::BoundStage GenericRecurrent::bind(const Call& call, const PointwisePlan& plan,
                                                    std::int64_t t, std::uint32_t written) const {
  BoundStage stage{device_.kernels.pointwise[plan.stage], plan.reads.size(), plan.writes.size(), {}, {}};
  for (std::size_t k = 0; k < plan.reads.size(); ++k) stage.reads[k] = bind(call, plan.reads[k], t, written);
  for (std::size_t k = 0; k < plan.writes.size(); ++k)
    stage.writes[k] = bind(call, plan.writes[k], t, written);
  return stage;
}

// One channel of one image; `sums` may be null.
void GenericRecurrent::run_cells(const BoundStage& bound, std::int64_t channel, std::int64_t image,
                                 VectorRange vectors, double* sums) const {
  Pointwise stage{};
  for (std::size_t r = 0; r < bound.read_count; ++r) {
    const Bound& read = bound.reads[r];
    const float constant = read.constants != nullptr ? read.constants[channel] : 0.0f;
    stage.reads[r] = {read.at(channel, image), constant, read.stored};
  }
  for (std::size_t w = 0; w < bound.write_count; ++w)
    stage.writes[w] = {bound.writes[w].at(channel, image), bound.writes[w].stored};
  stage.places = geometry_.places() + vectors.first;
  stage.count = vectors.count;
  stage.gate = desc_.gate_activation;
  stage.cell = desc_.cell_activation;
  stage.clip = desc_.cell_clip;
  bound.kernel(stage);
  if (sums != nullptr) std::copy_n(stage.sums, kMaxPointwiseSums, sums);
}

// Where an image does not count in the step, its state stays as it is and its gradients by the sums are
// zeros.
void GenericRecurrent::run_pointwise(const Call& call, const PointwisePlan& plan, std::int64_t t,
                                     std::uint32_t written) {
  const BoundStage stage = bind(call, plan, t, written);
  std::array<Bound, kMaxWrites> before;
  for (std::size_t k = 0; k < plan.writes.size(); ++k)
    if (plan.writes[k].array == Array::kAfter)
      before[k] = bind(call, {Array::kBefore, plan.writes[k].index}, t, written);
  for_parts(desc_.hidden_channels * shape_.batch, [&](std::int64_t k) {
    const std::int64_t n = k % shape_.batch, channel = k / shape_.batch;
    double* sums = sums_.empty() ? nullptr : sums_.data() + k * kMaxPointwiseSums;
    if (call.sequence.mask.is_active(t, n)) return run_cells(stage, channel, n, {0, vectors_}, sums);
    for (std::size_t w = 0; w < plan.writes.size(); ++w) {
      const Array array = plan.writes[w].array;
      std::byte* to = stage.writes[w].at(channel, n);
      const auto bytes = static_cast<std::size_t>(body_) * sizeof(float);
      if (array == Array::kAfter && stage.writes[w].data != before[w].data)
        std::memcpy(to, before[w].at(channel, n), bytes);
      if ((array == Array::kSlotGradient || array == Array::kPeepholeGradient) && to != nullptr)
        std::memset(to, 0, bytes);
    }
    if (sums != nullptr) std::fill_n(sums, kMaxPointwiseSums, 0.0);
  });
}

void GenericRecurrent::write_y(const Call& call, const ForwardCall& forward, std::int64_t t) {
  const std::int64_t step = desc_.output == CLN_OUTPUT_LAST ? 0 : t;
  const float* h = call.tape.hidden.floats(t + 1);
  for_parts(desc_.hidden_channels * shape_.batch, [&](std::int64_t k) {
    const std::int64_t n = k % shape_.batch;
    float* image = forward.y.plane(step, n, k / shape_.batch, grid_.area());
    if (forward.mask.does_emit(t, n) && forward.y.pixel_stride == 1) {
      geometry_.unpack_body(h, k, image);
    } else if (forward.mask.does_emit(t, n)) {
      for (std::int64_t v = 0; v < vectors_; ++v)
        geometry_.store_vector(h + k * body_ + geometry_.places()[v].body, v, image, forward.y.pixel_stride);
    } else {
      for (std::int64_t pixel = 0; pixel < grid_.area(); ++pixel)
        image[pixel * forward.y.pixel_stride] = 0.0f;
    }
  });
}

void GenericRecurrent::forward(const ForwardCall& forward) {
  const Call call = start(forward);
  for (std::int64_t t = 0; t < forward.steps; ++t) {
    run_step(call, t);
    if (forward.y.data != nullptr && writes_y(t, forward.steps)) write_y(call, forward, t);
  }
  const std::int64_t F = desc_.hidden_channels;
  for_parts(F * shape_.batch, [&](std::int64_t k) {
    const std::int64_t image = (k % shape_.batch * F + k / shape_.batch) * grid_.area();
    if (float* h = part_of(forward.final, kHidden))
      geometry_.unpack_body(call.tape.hidden.floats(forward.steps), k, h + image);
    for (std::int64_t part = 1; part < parts_; ++part)
      if (float* to = part_of(forward.final, static_cast<std::size_t>(part)))
        geometry_.unpack_body(call.tape.cells.floats(forward.steps) + (part - 1) * slot_floats(), k,
                              to + image);
  });
}

}  // namespace convlstm::cpu
