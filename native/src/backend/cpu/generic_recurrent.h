// Any recurrent cell in any configuration. Each step is the convolutions of the cell's plan, into slots of
// sums; then the normalizations; then the pointwise stages, which give the new state. Nothing is fused, so
// that everything combines.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/cpu/aligned_buffer.h"
#include "backend/cpu/cpu_device.h"
#include "backend/cpu/generic_tape.h"
#include "backend/cpu/normalization.h"
#include "backend/cpu/plane_convolution.h"
#include "backend/cpu/plane_sum.h"
#include "backend/cpu/product.h"
#include "backend/executor.h"
#include "cell/cell_plan.h"

namespace convlstm::cpu {

class GenericRecurrent final : public Executor {
 public:
  GenericRecurrent(CpuDevice& device, const RecurrentDesc& desc, const InputShape& shape);

  const char* name() const override { return "generic"; }
  ExecutorPlan plan(std::int64_t steps) const override;
  std::size_t workspace_bytes() const override;
  std::size_t reserve_bytes(std::int64_t steps) const override { return tape(steps, true).bytes(); }
  void forward(const ForwardCall& call) override;
  void backward(const BackwardCall& call) override;

 private:
  // Gates of one convolution that go to slots that follow each other: one call of PlaneConvolution.
  struct Run {
    int gate = 0, gates = 0;  // counted from the convolution's first gate
    int slot = 0;
    int copy = 0;  // of the source: the gate's own where the source is dropped
  };
  struct Convolution {
    ConvolutionPlan plan;
    PlaneConvolution* operation;
    std::array<std::vector<Run>, 2> runs;   // [1]: where the source is dropped
    std::unique_ptr<Normalization> norm;    // layer normalization
    std::int64_t raw_row = 0, moments = 0;  // where it begins in a step of the tape
    std::int64_t plane_row = 0;             // where its gradients by rows begin in a step of planes_
  };
  // Slots that follow each other, and convolutions that one product adds up into them.
  struct SlotSum {
    struct Addend {
      const Convolution* convolution;
      int gate;  // of the first slot; also the copy of the source where it is dropped
    };
    int slot = 0, slots = 0;
    std::vector<Addend> addends;
    std::unique_ptr<PlaneSum> product;
    std::size_t weights = 0;  // where its packed form stands in a call
  };
  // The sums of a stage in one of the two ways: [1] where sources are dropped.
  struct StageSums {
    std::vector<SlotSum> list;
    PackedLayout all;  // their blocks of rows together, the most terms
    ProductCut cut;    // into panels
  };
  // Where a product of a step goes: bodies of rows.
  struct Target {
    std::int64_t row, rows;
    bool adds;
  };
  struct Bodies {
    float* rows;
    std::int64_t stride;  // floats from row to row
  };
  struct Stage {
    StagePlan plan;
    std::vector<Convolution> convolutions;
    std::array<StageSums, 2> sums;
    std::unique_ptr<Normalization> norm;  // group normalization
    std::int64_t moments = 0;
  };
  // What is derived from the parameters.
  struct Constants {
    std::vector<float> sum_bias;                                 // [slot][F]: added by the pointwise stages
    std::vector<float> norm_offset;                              // [slot][F]: added by group normalization
    std::array<AlignedBuffer, kRecurrentParameterCount> pixels;  // parameters per pixel: [row][body]
  };
  // What all steps of a call share.
  struct Call {
    const SequenceCall& sequence;
    const ParameterViews& parameters;
    std::shared_ptr<const Constants> constants;
    GenericTape tape;
    std::vector<std::shared_ptr<const PackedRows>> weights;  // of the sums, forward
    bool has_input(std::int64_t t) const { return sequence.x.data != nullptr && sequence.input.contains(t); }
  };
  // One operand of a pointwise stage, for all channels and images.
  struct Bound {
    std::byte* data = nullptr;
    std::size_t channel = 0, image = 0;  // bytes from one to the next
    const float* constants = nullptr;    // of each channel
    Stored stored = Stored::kFloat;
    std::byte* at(std::int64_t c, std::int64_t n) const {
      return data == nullptr
                 ? nullptr
                 : data + static_cast<std::size_t>(c) * channel + static_cast<std::size_t>(n) * image;
    }
  };
  struct BoundStage {
    PointwiseKernel kernel;
    std::size_t read_count, write_count;
    std::array<Bound, kMaxReads> reads;
    std::array<Bound, kMaxWrites> writes;
  };
  struct VectorRange {  // of an image
    std::int64_t first, count;
  };

  // plans.cpp
  ExecutorPlan plan_of_sums() const;
  ExecutorPlan plan_of_convolutions() const;

  // generic_recurrent.cpp: what is made once, or once a call
  void add_stage(const StagePlan& plan);
  Convolution make_convolution(const ConvolutionPlan& plan);
  GenericTape tape(std::int64_t steps, bool training) const;
  std::shared_ptr<const Constants> constants_of(const ParameterViews& parameters) const;
  void make_factors(const SequenceCall& call);

  // generic_sums.cpp
  bool sums_up() const { return !is_layer_norm() && desc_.storage == CLN_STORAGE_FLOAT32; }
  bool goes_on(const SlotSum& sum, const std::vector<SlotSum::Addend>& next, bool dropped) const;
  void plan_sums(bool dropped);
  void cut_sums(StageSums& sums);
  static bool has_panels(const Stage& stage, bool dropped) {
    return !stage.norm && stage.sums[dropped].cut.split.second == 1;
  }
  std::vector<SlotSum::Addend> addends_of(int slot) const;
  void pack_sums(Call& call) const;
  void bind_sums(const Call& call, const Stage& stage, std::int64_t t, std::uint32_t* written);
  void store_sums(const Target& target, const Bodies& to, std::int64_t block, std::int64_t vector,
                  int vectors, const float* sums) const;
  void run_sums(const Call& call, const Stage& stage, std::int64_t t, std::uint32_t written);
  void run_panels_of(const Call& call, const Stage& stage, std::int64_t t, std::uint32_t written);
  void run_stage(const Call& call, const Stage& stage, std::int64_t t, std::uint32_t* written);
  std::int64_t panel_floats() const { return device_.pool.size() * panel_rows_ * panel_stride_; }

  // generic_recurrent_forward.cpp
  Call start(const ForwardCall& forward);
  void normalize(const Call& call, const Stage& stage, std::int64_t t);
  void pack_source(const Call& call, const Convolution& c, std::int64_t t);
  void convolve(const Call& call, const Convolution& c, std::int64_t t, std::uint32_t* written);
  void run_step(const Call& call, std::int64_t t);
  void write_y(const Call& call, const ForwardCall& forward, std::int64_t t);
  Bound bind(const Call& call, const Operand& operand, std::int64_t t, std::uint32_t written) const;
  BoundStage bind(const Call& call, const PointwisePlan& plan, std::int64_t t, std::uint32_t written) const;
  void run_cells(const BoundStage& stage, std::int64_t channel, std::int64_t image, VectorRange vectors,
                 double* sums) const;
  void run_pointwise(const Call& call, const PointwisePlan& plan, std::int64_t t, std::uint32_t written);

  // generic_recurrent_backward.cpp
  void make_backward_buffers();
  void add_dy(const BackwardCall& backward, std::int64_t t);
  void run_backward_step(const Call& call, const BackwardCall& backward, std::int64_t t, std::byte* planes);
  void add_stage_totals(const PointwisePlan& plan);
  void convolve_backward(const Call& call, const BackwardCall& backward, const Convolution& c, std::int64_t t,
                         std::byte* planes);
  void add_kernel_gradients(const Call& call, const BackwardCall& backward, StepRange steps);
  void add_parameter_gradients(const BackwardCall& backward);
  NormTotals norm_totals(std::size_t scale, std::int64_t row);

  float rate_of(Source source) const {
    if (source == kFromInput) return desc_.input_dropout;
    return source == kFromHidden || source == kFromReset ? desc_.recurrent_dropout : 0.0f;
  }
  bool is_dropped(const SequenceCall& call, Source source) const {
    return call.dropout.is_active && rate_of(source) > 0;
  }
  // Of the source of one gate; null where nothing is dropped.
  const float* factors(const SequenceCall& call, Source source, int copy) const;
  NormParameters norm_parameters(const Call& call, std::size_t scale, std::int64_t row) const;
  RowRange rows_of(const Convolution& c, const Run& run) const {
    return {(c.plan.first_gate + run.gate) * desc_.hidden_channels, run.gates * desc_.hidden_channels};
  }
  std::int64_t plane_row(const Convolution& c, const Run& run) const {
    return is_layer_norm() ? c.plane_row + run.gate * desc_.hidden_channels
                           : run.slot * desc_.hidden_channels;
  }
  static Moments* moments(const Call& call, std::int64_t t) {
    return reinterpret_cast<Moments*>(call.tape.moments.at(t));
  }
  // Elements of a slot, or of a part of the state.
  std::int64_t slot_floats() const { return desc_.hidden_channels * geometry_.body_stride(); }
  std::size_t planes_bytes() const;  // of a step of planes_
  bool is_layer_norm() const { return desc_.normalization == CLN_NORMALIZATION_LAYER; }
  bool is_group_norm() const { return desc_.normalization == CLN_NORMALIZATION_GROUP; }
  bool writes_y(std::int64_t t, std::int64_t steps) const {
    return desc_.output == CLN_OUTPUT_SEQUENCE || t + 1 == steps;
  }
  template <typename Body>
  void for_parts(std::int64_t parts, const Body& body) {
    if (parts * body_ >= kSmallWork / 64) return device_.pool.parallel_for(parts, body);
    for (std::int64_t part = 0; part < parts; ++part) body(part);
  }

  CpuDevice& device_;
  RecurrentDesc desc_;
  InputShape shape_;
  CellPlan plan_;
  std::int64_t parts_;  // of the state
  Size3 grid_;          // of the state
  PlaneGeometry geometry_;
  std::int64_t body_, vectors_;  // of an image: floats of its body, vectors
  std::array<std::unique_ptr<PlaneConvolution>, kMixingKernel + 1> operations_;  // by place of the kernel
  std::vector<Stage> stages_;
  std::int64_t raw_rows_ = 0, moments_ = 0, plane_rows_ = 0;

  std::int64_t panel_rows_ = 0, panel_stride_ = 0;  // of sums: rows, floats from row to row
  AlignedBuffer panels_;                            // of each thread
  std::vector<ProductTask> tasks_;                  // of a stage in a step
  std::vector<Target> targets_;

  AlignedBuffer inference_tape_, slots_;
  std::array<std::vector<float>, kSourceCount>
      factors_;  // dense: [gate that reads the source][N][channel][pixel]

  // Backward. Gradients by slots, state, r.h, the rows of one convolution, a dropped source, peepholes of
  // each pixel; planes of gradients by rows, of a window of steps.
  AlignedBuffer slot_gradients_, state_gradients_, reset_gradients_, row_gradients_, source_gradients_;
  AlignedBuffer peephole_gradients_, planes_;
  std::vector<double> sums_;         // of a pointwise stage: [channel][image][kMaxPointwiseSums]
  std::vector<double> slot_totals_;  // [slot][F]
  std::array<std::vector<double>, kRecurrentParameterCount> totals_;  // of parameters per row
  std::array<AlignedBuffer, kRecurrentParameterCount> pixel_totals_;  // of parameters per pixel
};

}  // namespace convlstm::cpu
