#include "composition/compose.h"

#include <utility>

#include "composition/bidirectional.h"
#include "composition/calls.h"
#include "composition/cell_executor.h"
#include "composition/layer_stack.h"
#include "composition/wave_stack.h"
#include "composition/zigzag_stack.h"

namespace convlstm {
namespace {

class Builder {
 public:
  Builder(const std::shared_ptr<Backend>& backend, const StackDesc& stack, const InputShape& shape,
          const std::vector<std::shared_ptr<Executor>>& cells, const TapePlan& plan,
          std::unique_ptr<Wave> wave)
      : backend_(backend), stack_(stack), shape_(shape), cells_(cells), plan_(plan), wave_(std::move(wave)) {}

  std::unique_ptr<Executor> build() {
    // In one direction the whole stack runs segment by segment; with two directions, every cell by itself.
    if (stack_.is_bidirectional()) return stacked();
    std::vector<std::size_t> all;
    for (std::int64_t part = 0; part < stack_.state_parts(); ++part)
      all.push_back(static_cast<std::size_t>(part));
    return checkpointed(stacked(), stack_.bottom.output, all);
  }

 private:
  std::int64_t area() const { return state_size(stack_.bottom, shape_.size).area(); }
  std::int64_t state_count() const { return shape_.batch * stack_.bottom.hidden_channels * area(); }
  std::size_t all_parts() const { return static_cast<std::size_t>(stack_.state_parts()); }

  std::unique_ptr<Executor> cell(std::int64_t index) const {
    return std::make_unique<CellExecutor>(cells_[static_cast<std::size_t>(index)], stack_, index);
  }

  std::unique_ptr<Executor> checkpointed(std::unique_ptr<Executor> whole, cln_output output,
                                         const std::vector<std::size_t>& places) const {
    if (plan_.is_plain()) return whole;
    return std::make_unique<Checkpointed>(backend_, std::move(whole), plan_, output, places, all_parts(),
                                          state_count());
  }

  std::unique_ptr<Executor> layer(std::int64_t index) const {
    if (!stack_.is_bidirectional()) return cell(index);
    const auto one = [&](std::int64_t at) {
      std::vector<std::size_t> places;
      for (std::int64_t part = 0; part < traits_of(stack_.bottom.cell).state_parts; ++part)
        places.push_back(static_cast<std::size_t>(stack_.state_part(at, part)));
      return checkpointed(cell(at), stack_.cell(at).output, places);
    };
    const RecurrentDesc desc = stack_.cell(2 * index);
    const InputShape input = cell_shape(stack_, shape_, 2 * index);
    return std::make_unique<Bidirectional>(
        backend_, one(2 * index), one(2 * index + 1),
        Bidirectional::Shape{input.batch, desc.input_channels, input.size.area(), desc.hidden_channels,
                             area(), desc.output, stack_.merge});
  }

  std::unique_ptr<Executor> stacked() {
    if (stack_.layers == 1) return layer(0);
    std::vector<std::unique_ptr<Executor>> layers;
    for (std::int64_t index = 0; index < stack_.layers; ++index) layers.push_back(layer(index));
    if (stack_.zigzags())
      return std::make_unique<ZigzagStack>(backend_, std::move(layers),
                                           ZigzagStack::Shape{shape_.batch, stack_.output_channels(), area(),
                                                              stack_.bottom.output, all_parts()});
    auto stack = std::make_unique<LayerStack>(backend_, std::move(layers), shape_.batch,
                                              stack_.output_channels(), area());
    if (wave_ == nullptr) return stack;
    return std::make_unique<WaveStack>(std::move(stack), std::move(wave_));
  }

  const std::shared_ptr<Backend>& backend_;
  const StackDesc& stack_;
  const InputShape& shape_;
  const std::vector<std::shared_ptr<Executor>>& cells_;
  const TapePlan& plan_;
  std::unique_ptr<Wave> wave_;
};

// Turns a call in the order of time into one from the last step to the first.
class Reversed final : public Executor {
 public:
  Reversed(std::unique_ptr<Executor> whole, cln_output output) : whole_(std::move(whole)), output_(output) {}
  const char* name() const override { return whole_->name(); }
  std::size_t workspace_bytes() const override { return whole_->workspace_bytes(); }
  std::size_t reserve_bytes(std::int64_t steps) const override { return whole_->reserve_bytes(steps); }
  void forward(const ForwardCall& call) override { whole_->forward(reversed(call, output_)); }
  void backward(const BackwardCall& call) override { whole_->backward(reversed(call, output_)); }

 private:
  std::unique_ptr<Executor> whole_;
  cln_output output_;
};

}  // namespace

InputShape cell_shape(const StackDesc& stack, const InputShape& shape, std::int64_t index) {
  const bool is_bottom = index < stack.directions();
  return is_bottom ? shape : InputShape{shape.batch, state_size(stack.bottom, shape.size)};
}

bool may_wave(const StackDesc& stack) {
  return stack.layers > 1 && !stack.is_bidirectional() && !stack.zigzags();
}

std::unique_ptr<Executor> compose(const std::shared_ptr<Backend>& backend, const StackDesc& stack,
                                  const InputShape& shape,
                                  const std::vector<std::shared_ptr<Executor>>& cells, const TapePlan& plan,
                                  std::unique_ptr<Wave> wave) {
  auto whole = Builder(backend, stack, shape, cells, plan, std::move(wave)).build();
  if (stack.direction != CLN_DIRECTION_REVERSE) return whole;
  return std::make_unique<Reversed>(std::move(whole), stack.bottom.output);
}

}  // namespace convlstm
