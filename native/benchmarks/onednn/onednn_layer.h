// The peer: one ConvLSTM composed over oneDNN, as carefully as its interface allows. Weights are laid out
// once as each primitive chooses; the input is convolved apart (nothing is concatenated) and the recurrent
// convolution adds itself to the result (sum post-op); h, c and the sums stay in the primitive's own layout
// from step to step, and so does the output: nobody is asked to turn it back into (N, F, H, W).
#pragma once

#include <memory>
#include <string>

#include "peer.h"

namespace convlstm::benchmarks {

struct OneDnnForm {
  bool is_winograd;        // the recurrent convolution; else convolution_direct
  bool is_input_winograd;  // the input's
  bool is_hoisted;         // the input of all steps in one call; else a step at a time, warm in the cache

  std::string name() const;
};

class OneDnnLayer final : public PeerRun {
 public:
  // Throws std::runtime_error with a line that says why where oneDNN has no such primitive for the shape on
  // this machine. OpenMP's threads are set to `threads`.
  OneDnnLayer(const Workload& workload, const OneDnnForm& form, int threads);
  ~OneDnnLayer() override;

  void forward() override;
  Floats y() const override;
  std::string implementation() const override;  // oneDNN's name for the recurrent convolution

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

std::string onednn_version();

}  // namespace convlstm::benchmarks
