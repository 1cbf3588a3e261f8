#include "composition/wave_stack.h"

#include <utility>

namespace convlstm {

WaveStack::WaveStack(std::unique_ptr<Executor> layers, std::unique_ptr<Wave> wave)
    : layers_(std::move(layers)), wave_(std::move(wave)) {}

std::size_t WaveStack::workspace_bytes() const {
  return layers_->workspace_bytes() + wave_->workspace_bytes();
}

void WaveStack::forward(const ForwardCall& call) {
  if (call.reserve != nullptr || call.steps < wave_->least_steps()) return layers_->forward(call);
  wave_->forward(call);
}

}  // namespace convlstm
