#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/wave.h"
#include "composition/checkpointed.h"
#include "layer/buffer.h"
#include "layer/context.h"
#include "layer/layer.h"
#include "layer/mask.h"
#include "layer/state.h"

namespace convlstm {

class Reserve;
class Sequence;

// An array that a run works on, with the name of the argument that it came from.
template <typename T>
struct Operand {
  const char* name = "";
  T* data = nullptr;
  std::int64_t count = 0;
  bool given = false;  // false: the argument is NULL
};

struct ForwardArguments {
  std::int64_t steps = 0;
  Operand<const float> x;
  const RunOptions* options = nullptr;  // null: the defaults
  State* state = nullptr;
  Reserve* reserve = nullptr;  // null: inference
  Operand<float> y;
};

struct BackwardArguments {
  Operand<const float> x;
  Reserve* reserve = nullptr;
  Operand<const float> dy;  // not given: zeros
  State* dstate = nullptr;
  Operand<float> dx;  // not given: not wanted
};

// One layer made ready to run on one context for one batch and size.
class Session {
 public:
  // `executor` names one of the device's list; empty for the best, as the context's tuning has it.
  Session(std::shared_ptr<Context> context, std::shared_ptr<Layer> layer, const InputShape& shape,
          const std::string& executor);

  Context& context() const { return *context_; }
  Layer& layer() const { return *layer_; }
  const InputShape& shape() const { return shape_; }
  const char* executor_name() const { return cells_.front()->name(); }
  std::int64_t workspace_bytes() const;
  // What runs a cell of the layer, as cell_of counts them, and the input that it was made for.
  const Executor& cell(std::int64_t index) const { return *cells_[static_cast<std::size_t>(index)]; }
  InputShape cell_input(std::int64_t index) const;
  // What its executor was chosen by.
  enum class Choice { kList, kEnvironment, kTuning };
  // How the layers of a stack run beside each other, in words; empty where the backend knows of one way
  // alone.
  const std::string& stack_text() const { return stack_text_; }
  Choice choice_of(std::int64_t index) const { return choices_[static_cast<std::size_t>(index)]; }

  // What runs the cells of the layer; its working memory is counted by who asked for it.
  std::unique_ptr<Executor> compose(const TapePlan& plan, std::unique_ptr<Wave> wave = nullptr) const;
  std::int64_t reserve_bytes(const Executor& executor, std::int64_t steps) const;
  std::int64_t reserve_bytes(std::int64_t steps) const { return reserve_bytes(*executor_, steps); }

  // Over memory of the device.
  void forward(const ForwardArguments& arguments);
  void backward(const BackwardArguments& arguments);
  // Over memory of the host: in place on the CPU, by way of device memory elsewhere.
  void forward_host(const ForwardArguments& arguments);

 private:
  class CountAfterRun;
  WaveChoice choose_wave(const std::vector<std::string>& requested) const;
  const StackDesc* stack() const { return stack_of(layer_->desc()); }
  std::int64_t input_steps(const ForwardArguments& arguments) const;
  void check_x(const Sequence& sequence, std::int64_t input_steps, const Operand<const float>& x) const;
  void check_y(const Sequence& sequence, const char* name, std::int64_t count) const;
  void check_state(const char* name, const State* state) const;
  void check_reserve(const Reserve& reserve) const;

  std::shared_ptr<Context> context_;
  std::shared_ptr<Layer> layer_;
  InputShape shape_;
  std::vector<std::shared_ptr<Executor>> cells_;
  std::vector<Choice> choices_;  // of each cell
  std::string stack_text_;
  std::unique_ptr<Executor> executor_;  // of inference
  Mask mask_;                           // likewise
  CountedBytes workspace_{CLN_OBJECT_SESSION};
};

}  // namespace convlstm
