// Stacks of ConvLSTMs for the tests of waves: one problem a layer, of which the bottom's x counts and the
// masks are all the same.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "backend/cuda/fused_wave.h"
#include "support/fused_cases.h"

namespace convlstm::test {

using cuda::FusedForm;
using Stack = std::vector<Problem>;  // from the bottom up
using StackOutcome = std::vector<Outcome>;

// `bottom` with layers of so many hidden channels on it.
Stack stack_on(const Problem& bottom, const std::vector<std::int64_t>& hidden, Random& random);

// The outcome of the same stack, each layer running the whole sequence before the one above.
StackOutcome infer_by_layers(const Stack& stack,
                             const std::function<Outcome(const Problem&, std::size_t layer)>& infer);

// y of the top layer and the states of all.
bool same_stack_bits(const StackOutcome& a, const StackOutcome& b);

// A wave behind host memory; its arrays stay where they are from call to call.
class WaveOnDevice {
 public:
  WaveOnDevice(std::shared_ptr<cuda::Device> device, const Stack& stack, const std::vector<FusedForm>& forms);
  StackOutcome infer(const Stack& stack);

  const cuda::FusedWave& wave() const { return *wave_; }
  std::int64_t waits() const { return waits_; }  // of the host, in the wave's own calls

 private:
  void run(std::vector<ForwardCall>& calls);

  std::unique_ptr<cuda::FusedWave> wave_;
  std::vector<std::unique_ptr<OnDevice>> layers_;
  std::vector<std::unique_ptr<PackedCache>> packed_;
  std::function<void(const ForwardCall&)> next_;  // what a layer's call is handed to
  std::int64_t waits_ = 0;
};

}  // namespace convlstm::test
