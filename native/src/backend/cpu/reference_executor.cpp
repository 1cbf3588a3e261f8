#include "backend/cpu/reference_executor.h"

#include "backend/cpu/reference_frames.h"
#include "backend/cpu/reference_recurrent.h"
#include "cell/cells.h"

namespace convlstm::cpu {
namespace reference {
namespace {

// The reserve holds the states of all steps, in doubles; the gates are computed again.
class RecurrentExecutor final : public Executor {
 public:
  RecurrentExecutor(const RecurrentDesc& desc, const InputShape& shape)
      : batch_(shape.batch),
        x_{desc.input_channels, shape.size.area()},
        y_{desc.hidden_channels, state_size(desc, shape.size).area()},
        parts_(traits_of(desc.cell).state_parts),
        maths_(desc, shape) {}

  const char* name() const override { return "reference"; }
  ExecutorPlan plan(std::int64_t) const override { return equations_plan(); }
  std::size_t workspace_bytes() const override { return 0; }  // it lives for the length of a call
  std::size_t reserve_bytes(std::int64_t steps) const override {
    return size_of(states_count(steps)) * sizeof(double);
  }

  void forward(const ForwardCall& call) override {
    const std::int64_t outputs = maths_.y_steps(call.steps);
    Doubles own_states(size_of(call.reserve == nullptr ? states_count(call.steps) : 0));
    double* states = call.reserve == nullptr ? own_states.data() : static_cast<double*>(call.reserve);
    widen_state(call.initial, states);
    Doubles y(size_of(call.y.data != nullptr ? outputs * maths_.block_count() : 0));
    maths_.forward(sequence_of(call), states, call.y.data != nullptr ? y.data() : nullptr);
    narrow(y, call.y, {0, outputs}, batch_, y_);
    narrow_state(states + call.steps * maths_.state_count(), call.final);
  }

  void backward(const BackwardCall& call) override {
    const std::int64_t outputs = maths_.y_steps(call.steps);
    const auto* states = static_cast<const double*>(call.reserve);
    const Sequence sequence = sequence_of(call);
    const Doubles dy = widen(call.dy, {0, outputs}, outputs, batch_, y_);
    Doubles dstate(size_of(maths_.state_count()));
    Doubles dx(size_of(call.dx.data != nullptr ? call.steps * maths_.x_count() : 0));
    widen_state(call.dfinal, dstate.data());
    Parameters gradients = maths_.zeros();
    maths_.backward(sequence, states, dy.empty() ? nullptr : dy.data(), dstate.data(),
                    call.dx.data != nullptr ? dx.data() : nullptr, gradients);
    narrow_state(dstate.data(), call.dinitial);
    narrow(dx, call.dx, call.input, batch_, x_);
    for (std::size_t k = 0; k < kMaxParameters; ++k) add_narrow(gradients[k], call.gradients[0][k]);
  }

 private:
  std::int64_t states_count(std::int64_t steps) const { return (steps + 1) * maths_.state_count(); }

  Sequence sequence_of(const SequenceCall& call) const {
    Sequence result{call.steps, call.input, call.mask, call.dropout, {}, maths_.zeros()};
    result.x = widen(call.x, call.input, call.steps, batch_, x_);
    for (std::size_t k = 0; k < kMaxParameters; ++k)
      widen(call.parameters[0].data[k], static_cast<std::int64_t>(result.parameters[k].size()),
            result.parameters[k].data());
    return result;
  }

  // The parts that are not there are zeros.
  void widen_state(std::span<const float* const> from, double* to) const {
    std::fill(to, to + maths_.state_count(), 0.0);
    for (std::int64_t part = 0; part < parts_; ++part)
      widen(part_of(from, size_of(part)), maths_.block_count(), to + part * maths_.block_count());
  }
  void narrow_state(const double* from, std::span<float* const> to) const {
    for (std::int64_t part = 0; part < parts_; ++part)
      narrow(from + part * maths_.block_count(), maths_.block_count(), part_of(to, size_of(part)));
  }

  std::int64_t batch_;
  ImageShape x_, y_;
  std::int64_t parts_;
  Recurrent maths_;
};

}  // namespace

std::unique_ptr<Executor> make_recurrent(const RecurrentDesc& desc, const InputShape& shape) {
  return std::make_unique<RecurrentExecutor>(desc, shape);
}

}  // namespace reference

std::unique_ptr<Executor> make_reference_executor(CpuDevice&, const LayerDesc& desc,
                                                  const InputShape& shape) {
  if (const auto* recurrent = std::get_if<RecurrentDesc>(&desc))
    return reference::make_recurrent(*recurrent, shape);
  return reference::make_convolution(std::get<ConvDesc>(desc), shape);
}

}  // namespace convlstm::cpu
