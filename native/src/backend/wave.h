// The seam of layers in a wave: layer l runs a step while the layer above it runs the step before, where one
// layer does not fill the device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "backend/executor.h"

namespace convlstm {

// Inference of a stack of layers, each of which reads what the one below it has just put out.
class Wave {
 public:
  virtual ~Wave() = default;
  // A shorter sequence should be faster layer after layer.
  virtual std::int64_t least_steps() const = 0;
  // `call`: of the whole stack, without a reserve. Where its mask lets a step count, the step emits.
  virtual void forward(const ForwardCall& call) = 0;
  virtual std::size_t workspace_bytes() const = 0;
};

// A layer of a stack, from the bottom up.
struct WaveLayer {
  RecurrentDesc desc;
  InputShape shape;
  std::string requested;  // as make_executor was told for it
};

struct WaveChoice {
  std::unique_ptr<Wave> wave;  // null: layer after layer
  std::string why;             // in words; empty where the backend knows of no waves
};

}  // namespace convlstm
