// What the forward and the backward of a sequence do alike: find arrays of the tape, and bind them to the
// operands of the cell's stages.
#pragma once

#include "backend/cuda/layouts.h"
#include "backend/cuda/stage_arguments.h"
#include "backend/cuda/stepwise.h"

namespace convlstm::cuda {

class StepwiseCall {
 protected:
  StepwiseCall(StepwiseLayer& layer, const PackedWeights& weights, const StepwiseTape& tape,
               const std::uint64_t* seed, const SequenceCall& call)
      : layer_(layer),
        weights_(weights),
        tape_(tape),
        seed_(seed),
        call_(call),
        stream_(layer.device->stream),
        grid_(layer.sizes.grid),
        batch_(layer.sizes.batch),
        element_(layer.precision.element) {}

  bool has_input(std::int64_t t) const { return call_.x.data != nullptr && call_.input.contains(t); }
  StepRange input_of(StepRange steps) const;  // the steps of a range that have an input
  bool writes_y(std::int64_t t) const {
    return layer_.desc.output == CLN_OUTPUT_SEQUENCE || t + 1 == call_.steps;
  }
  std::int64_t y_step(std::int64_t t) const { return layer_.desc.output == CLN_OUTPUT_LAST ? 0 : t; }
  bool is_dropped(Source source) const { return layer_.plan.is_dropped(source, call_.dropout.is_active); }
  DropView drop(Source source) const;

  // What `c` reads in step t, one copy a gate where it is dropped.
  SourceView source(const StepConvolution& c, std::int64_t t) const;
  // The rows that it gave.
  RowsView sums(std::size_t c, std::int64_t t) const;
  NormView norm(std::size_t norm, std::int64_t t) const;

  // A plain array of the step; null where it is not kept.
  StageArray array(const Operand& operand, std::int64_t t) const;
  void fill_common(StageCommon& work, std::int64_t t) const;
  const void* kernel(const StepConvolution& c, int gate) const {
    return weights_.kernel(c.plan.kernel, c.plan.first_gate + gate);
  }
  std::size_t element_bytes(std::int64_t count) const {
    return static_cast<std::size_t>(count) * bytes_of(element_);
  }
  // Calls run(gate, shape): once for all gates, or for each where they are dropped apart.
  template <typename Run>
  void for_gates(const StepConvolution& c, std::int64_t images, const Run& run) const {
    const bool is_planar = is_dropped(c.plan.source);
    const ConvolutionShape shape = layer_.shape(c, images, is_planar);
    for (int gate = 0; gate < (is_planar ? c.gates : 1); ++gate) run(gate, shape);
  }
  Convolution& convolution(const ConvolutionShape& shape, ConvolutionUse use) const {
    return layer_.convolutions.get(shape, layer_.precision, use);
  }

  StageArray state(int part, std::int64_t t) const;
  StageArray floats(void* data) const { return {data, slot_image(), grid_.padded, Kept::kFloat32}; }
  std::int64_t slot_image() const { return static_cast<std::int64_t>(grid_.area) * grid_.padded; }

  StepwiseLayer& layer_;
  const PackedWeights& weights_;
  StepwiseTape tape_;
  const std::uint64_t* seed_;
  const SequenceCall& call_;
  Stream& stream_;
  ImageGrid grid_;
  std::int64_t batch_;
  Element element_;
};

}  // namespace convlstm::cuda
