#include "support/stacks.h"

#include <utility>

#include "backend/cuda/emulated_stream.h"
#include "cell/convolution.h"
#include "core/error.h"
#include "support/agreement.h"

namespace convlstm::test {
namespace {

using Next = std::function<void(const ForwardCall&)>;

// Hands calls on that have come to the device.
class Relay final : public Executor {
 public:
  explicit Relay(const Next& next) : next_(next) {}
  const char* name() const override { return "relay"; }
  std::size_t workspace_bytes() const override { return 0; }
  std::size_t reserve_bytes(std::int64_t) const override { return 0; }
  void forward(const ForwardCall& call) override {
    const Next now = next_;  // which says what comes next
    now(call);
  }
  void backward(const BackwardCall&) override { fail(CLN_UNSUPPORTED, "waves are inference"); }

 private:
  const Next& next_;
};

const RecurrentDesc& desc_of(const Problem& problem) {
  return std::get<RecurrentDesc>(problem.desc);
}

}  // namespace

Stack stack_on(const Problem& bottom, const std::vector<std::int64_t>& hidden, Random& random) {
  Stack stack{bottom};
  std::get<RecurrentDesc>(stack.front().desc).output = CLN_OUTPUT_SEQUENCE;
  for (const std::int64_t channels : hidden) {
    const Problem& below = stack.back();
    RecurrentDesc desc = desc_of(below);
    desc.input_channels = desc.hidden_channels;
    desc.input = InputConvolution{desc.input.kernel};
    desc.hidden_channels = channels;
    if (stack.size() == hidden.size()) desc.output = desc_of(bottom).output;
    Problem layer = make_problem(random, desc, {below.shape.batch, grid_of(below)}, below.steps,
                                 !bottom.initial[0].empty(), below.layout);
    layer.reverse = below.reverse;
    layer.active = below.active;
    layer.emits = below.emits;
    layer.states_in_place = below.states_in_place;
    layer.want_final = below.want_final;
    stack.push_back(std::move(layer));
  }
  return stack;
}

StackOutcome infer_by_layers(const Stack& stack,
                             const std::function<Outcome(const Problem&, std::size_t)>& infer) {
  StackOutcome outcomes;
  for (std::size_t l = 0; l < stack.size(); ++l) {
    Problem layer = stack[l];
    if (l > 0) layer.x = outcomes.back().y;
    outcomes.push_back(infer(layer, l));
  }
  return outcomes;
}

bool same_stack_bits(const StackOutcome& a, const StackOutcome& b) {
  bool same = a.size() == b.size() && same_bits(a.back().y, b.back().y);
  for (std::size_t l = 0; same && l < a.size(); ++l) same = same_bits(a[l].final, b[l].final);
  return same;
}

WaveOnDevice::WaveOnDevice(std::shared_ptr<cuda::Device> device, const Stack& stack,
                           const std::vector<FusedForm>& forms) {
  std::vector<WaveLayer> layers;
  for (const Problem& problem : stack) {
    layers.push_back({desc_of(problem), problem.shape, ""});
    layers_.push_back(
        std::make_unique<OnDevice>(device, std::make_unique<Relay>(next_), problem.desc, problem.shape));
    packed_.push_back(std::make_unique<PackedCache>());
  }
  wave_ = std::make_unique<cuda::FusedWave>(device, layers, forms, 1);
}

// Every layer's arrays are on the device while the layers above it bring theirs; then the wave runs.
StackOutcome WaveOnDevice::infer(const Stack& stack) {
  std::vector<ForwardCall> calls;
  StackOutcome outcomes(stack.size());
  const std::function<void(std::size_t)> bring = [&](std::size_t l) {
    if (l == stack.size()) return run(calls);
    next_ = [&, l](const ForwardCall& call) {
      calls.push_back(call);
      bring(l + 1);
    };
    outcomes[l] = test::infer(*layers_[l], stack[l], packed_[l].get());
  };
  bring(0);
  return outcomes;
}

void WaveOnDevice::run(std::vector<ForwardCall>& calls) {
  std::vector<ParameterViews> parameters;
  std::vector<const float*> initial;
  std::vector<float*> final;
  for (const ForwardCall& call : calls) {
    parameters.push_back(call.parameters[0]);
    initial.insert(initial.end(), call.initial.begin(), call.initial.end());
    final.insert(final.end(), call.final.begin(), call.final.end());
  }
  ForwardCall call = calls.front();
  call.parameters = parameters;
  call.initial = initial;
  call.final = final;
  call.y = calls.back().y;
  const std::int64_t before = cuda::emulated::waits();
  wave_->forward(call);
  waits_ += cuda::emulated::waits() - before;
}

}  // namespace convlstm::test
