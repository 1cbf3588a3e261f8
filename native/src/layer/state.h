#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "layer/buffer.h"
#include "layer/context.h"
#include "layer/layer.h"

namespace convlstm {

// What a state must agree in with the session that uses it.
struct StateShape {
  cln_cell cell = CLN_CELL_CONV_LSTM;
  std::int64_t parts = 0;
  std::int64_t batch = 1;
  std::int64_t hidden_channels = 1;
  Size3 size;
  bool operator==(const StateShape&) const = default;
};

// Of the states of a layer over an input of `shape`, which the input convolution must fit.
StateShape state_shape(const StackDesc& stack, const InputShape& shape);

// The state of a recurrent layer for one batch, or the gradient of one.
class State {
 public:
  // Zeros.
  State(std::shared_ptr<Context> context, const Layer& layer, const InputShape& shape);

  Context& context() const { return *context_; }
  const StateShape& shape() const { return shape_; }
  std::int32_t part_count() const { return static_cast<std::int32_t>(parts_.size()); }
  std::span<float* const> parts() const { return views_; }

  void reset();
  void copy_from(const State& source);
  void upload(std::int32_t part, const float* data, std::int64_t count);
  void download(std::int32_t part, float* data, std::int64_t count) const;

 private:
  float* part(std::int32_t index, std::int64_t count) const;

  std::shared_ptr<Context> context_;
  StateShape shape_;
  std::int64_t count_;  // elements of a part
  std::vector<Buffer> parts_;
  std::vector<float*> views_;
};

// CLN_SHAPE_MISMATCH, naming the first difference, where `actual` is not `expected`.
void check_state_shape(const char* name, const StateShape& expected, const StateShape& actual);

}  // namespace convlstm
