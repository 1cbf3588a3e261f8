// A ConvLSTM: an implicit product of packed weights with shifted planes, the gates applied to each block of
// sums while it is in the first-level cache. In bfloat16 storage planes and weights hold pairs of channels in
// the place of floats, and the same product sums up two channels at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/cpu/aligned_buffer.h"
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/packed_rows.h"
#include "backend/cpu/plane_convolution.h"
#include "backend/cpu/plane_geometry.h"
#include "backend/cpu/recurrent_tape.h"
#include "backend/cpu/weight_gradient.h"
#include "backend/executor.h"
#include "backend/verdict.h"

namespace convlstm::cpu {

Verdict supports_direct_fused(const LayerDesc& layer, const InputShape& shape);
std::unique_ptr<Executor> make_direct_fused(CpuDevice& device, const LayerDesc& layer,
                                            const InputShape& shape);

class DirectFused final : public Executor {
 public:
  DirectFused(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape);

  const char* name() const override { return "direct_fused"; }
  ExecutorPlan plan(std::int64_t steps) const override;
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override;
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  // Rows of a block are [gate][channel of the block]: all gates of a cell are in one block of sums.
  struct ForwardForm {
    PackedRows weights;
    AlignedBuffer bias, peephole;  // [block][4 or 3][channel of the block]
  };
  // Rows are channels; terms are gates, their channels, and kernel elements.
  struct BackwardForm {
    PackedRows to_hidden;
    std::vector<float> peephole;  // [3][F, rounded up to whole blocks]
    std::int64_t peephole_stride = 0;
  };

  std::shared_ptr<const ForwardForm> forward_form(const ParameterViews& parameters);
  std::shared_ptr<const BackwardForm> backward_form(const ParameterViews& parameters);
  PackedRows pack_transposed(const PlaneSource& source, const PlaneSource::Phase& phase, const float* kernel,
                             std::int64_t channels) const;
  // Planes that hold so many channels.
  std::int64_t planes_of(std::int64_t channels) const { return is_half_ ? (channels + 1) / 2 : channels; }
  // Rows of numbers of a few channels, from channel `channel`, into the planes that hold pairs of channels:
  // `planes` shows their place in channel 0.
  void store_pairs(const float* rows, std::int64_t row_stride, std::int64_t channel, std::int64_t count,
                   float* planes) const;
  // Packs plane `k` of the input of step t.
  void pack_x(const ForwardCall& call, const RecurrentTape& tape, std::int64_t t, std::int64_t k) const;
  void load_start(const ForwardCall& call, const RecurrentTape& tape);
  void load_hidden_pairs(const ForwardCall& call, const RecurrentTape& tape);

  // The cells of a few hidden channels, from `channel`, at a few vectors of pixels, from `vector`, and the
  // rows of sums that belong to them.
  struct Block {
    std::int64_t channel, vector;
    int vectors;
    float* sums;
  };
  std::int64_t row_stride() const { return device_.kernels.max_vectors * device_.kernels.lanes; }
  float* row_of(const Block& block, std::int64_t k, int v) const {
    return block.sums + k * row_stride() + v * device_.kernels.lanes;
  }

  // direct_fused_step.cpp
  struct Step {
    const ForwardCall& call;
    const ForwardForm& form;
    const RecurrentTape& tape;
    std::int64_t t;
    bool is_training() const { return call.reserve != nullptr; }
    bool is_last() const { return t + 1 == call.steps; }
  };
  DenseVectors dense_vectors(const Step& step, const Block& block) const;
  ForwardGates gates_of(const Step& step, const Block& block) const;
  void apply_gates(const Step& step, const Block& block) const;
  void store_rest(const Step& step, const ForwardGates& gates, const Block& block) const;
  void run_step(const Step& step);

  // direct_fused_backward.cpp
  struct BackwardStep {
    const BackwardCall& call;
    const BackwardForm& form;
    const RecurrentTape& tape;
    std::int64_t t;
    const float* dpre_after;
    float* dpre;
  };
  void add_outer_gradients(const BackwardStep& step, const Block& block, std::int64_t count) const;
  void lead_back(const BackwardStep& step, const Block& block, std::int64_t count) const;
  void run_backward_step(const BackwardStep& step);
  template <typename Number>
  struct GradientSources {
    const Number* x;  // pixel (0, 0, 0) of the first step; null: these steps have none
    std::int64_t x_step;
    const Number* h;
    std::int64_t h_step;
    const Number* ones;
  };
  template <typename Number>
  void add_gradients_of(const BackwardCall& call, const GradientSources<Number>& sources,
                        GradientTask<Number>& task);
  void add_gradients(const BackwardCall& call, const RecurrentTape& tape, std::int64_t first,
                     std::int64_t steps, const float* dpre);

  // direct_fused_masks.cpp
  bool keeps_float_h() const { return is_half_ && desc_.mask != CLN_MASK_NONE; }
  static bool has_mask(const SequenceCall& call) { return call.mask.active != nullptr; }
  bool has_active(const SequenceCall& call, std::int64_t t, std::int64_t vector, int vectors) const;
  // Calls body(block, is active) for parts of a block whose images are all active in step t, or all masked.
  template <typename Body>
  void for_active(const SequenceCall& call, std::int64_t t, const Block& block, const Body& body) const;
  void keep_states(const Step& step, const Block& block) const;
  void keep_float_h(const ForwardGates& gates, const Block& block) const;
  void pass_gradients(const BackwardStep& step, const Block& block, std::int64_t count) const;
  void add_passed(const Block& block, std::int64_t count) const;

  // direct_fused_half.cpp
  std::int64_t half_stride() const;  // numbers of a plane of 16-bit numbers, of all images
  static std::uint16_t* halves_of(const AlignedBuffer& buffer) {
    return reinterpret_cast<std::uint16_t*>(buffer.data());
  }
  std::int64_t input_half_planes() const {
    return input_ ? desc_.input_channels * static_cast<std::int64_t>(input_->source().phases().size()) : 0;
  }
  // Offsets between planes of floats, in the planes that gradients by weights are taken of.
  std::vector<std::int64_t> gradient_offsets(std::vector<std::int64_t> offsets) const;
  void make_half_buffers(std::int64_t window);
  void split_pairs(const float* pairs, std::int64_t channels, std::int64_t together, std::uint16_t* halves);
  void keep_half_rows(std::int64_t t, std::int64_t slot);  // gradients by the gates of step t
  void write_half_dx(const BackwardCall& call, std::int64_t t);
  void add_half_gradients(const BackwardCall& call, const RecurrentTape& tape, std::int64_t first,
                          std::int64_t steps, std::int64_t slot);
  // Gradients by the gates of step t in pairs.
  float* pairs_of(std::int64_t t) const {
    return dpre_pairs_.data() + t % 2 * 4 * planes_of(desc_.hidden_channels) * geometry_.plane_stride();
  }
  // What the product of step t - 1 reads; `dpre`: of step t.
  Terms gate_terms(std::int64_t t, const float* dpre) const {
    return {(is_half_ ? pairs_of(t) : dpre) + geometry_.origin(), to_hidden_terms_.data(),
            static_cast<std::int64_t>(to_hidden_terms_.size())};
  }
  void add_peephole_gradient(const BackwardCall& call, const RecurrentTape& tape, std::int64_t first,
                             std::int64_t steps, const float* dpre);
  void write_dinitial(const BackwardCall& call, const BackwardForm& form, const float* dpre);
  bool emits(std::int64_t t, std::int64_t steps) const {
    return desc_.output == CLN_OUTPUT_SEQUENCE || t + 1 == steps;
  }
  float* y_plane(const ForwardCall& call, std::int64_t t, std::int64_t n, std::int64_t channel) const {
    return call.y.plane(desc_.output == CLN_OUTPUT_LAST ? 0 : t, n, channel, area_);
  }
  bool has_input(const SequenceCall& call, std::int64_t t) const {
    return input_ && call.x.data != nullptr && call.input.contains(t);
  }
  RecurrentTape::Step tape_step() const {
    return {planes_of(desc_.hidden_channels) * geometry_.plane_stride(),
            input_ ? planes_of(desc_.input_channels) * input_->source().channel_stride() : 0,
            desc_.hidden_channels * geometry_.body_stride(), is_half_};
  }
  // Parts of the work around the products; small layers stay on the caller.
  template <typename Body>
  void for_parts(std::int64_t parts, const Body& body) {
    if (!is_small_) return device_.pool.parallel_for(parts, body);
    for (std::int64_t part = 0; part < parts; ++part) body(part);
  }

  CpuDevice& device_;
  RecurrentDesc desc_;
  InputShape shape_;
  bool is_half_;
  ForwardGatesKernel forward_gates_;
  BackwardGatesKernel backward_gates_;
  Size3 grid_;  // of the states
  Axes recurrent_axes_;
  PlaneGeometry geometry_;
  PlaneSource hidden_;
  std::optional<PlaneConvolution> input_;             // where the layer has an input
  std::int64_t area_, hidden_images_, input_planes_;  // of a step: channels * batch, planes
  bool is_small_;
  std::vector<std::int64_t> input_terms_, hidden_terms_;  // of the forward product
  // Of the gradient by weights: where columns lie in planes, and in a row of the kernel.
  std::vector<std::int64_t> input_shifts_, hidden_shifts_, input_columns_, hidden_columns_;
  std::vector<std::int64_t> to_hidden_terms_;              // of the backward product
  std::vector<std::vector<std::int64_t>> to_input_terms_;  // of half storage, by phase: likewise
  std::string key_;                                        // what the keys of the packed forms begin with
  AlignedBuffer inference_tape_;
  AlignedBuffer float_h_;  // [F][N][body], of half storage with masks: h as y gets it
  AlignedBuffer passed_;   // [F][N][body], the gradient by h that a masked step leaves to the one before
  AlignedBuffer dpre_, dc_, ones_;  // backward: two windows of gate gradients; the cell's; a plane of ones
  AlignedBuffer dpre_pairs_, dpre_halves_, h_halves_, x_halves_;  // of half storage: two steps; a window
};

template <typename Body>
void DirectFused::for_active(const SequenceCall& call, std::int64_t t, const Block& block,
                             const Body& body) const {
  const auto is_active = [&](int v) { return call.mask.is_active(t, geometry_.image_of(block.vector + v)); };
  for (int v = 0, next; v < block.vectors; v = next) {
    const bool active = is_active(v);
    for (next = v + 1; next < block.vectors && is_active(next) == active;) ++next;
    body(Block{block.channel, block.vector + v, next - v, row_of(block, 0, v)}, active);
  }
}

}  // namespace convlstm::cpu
