// A stack of ConvLSTMs in a wave, by the kernels of the fused executor: each layer is a branch of the stream,
// on which its steps follow each other. A layer reads h of the one below it as its x, where that layer has
// put it for its own next step. h goes round in kSlots arrays, so that a layer may be so many steps ahead of
// the one above it, less one.
//
// Sums are those of the same kernels layer after layer, in the same order: the same bits.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/cuda/fused_forward.h"
#include "backend/cuda/recordings.h"
#include "backend/wave.h"

namespace convlstm::cuda {

class FusedWave final : public Wave {
 public:
  static constexpr std::int64_t kSlots = 3;

  // `forms`: of each layer, step by step.
  FusedWave(const std::shared_ptr<Device>& device, std::span<const WaveLayer> layers,
            std::span<const FusedForm> forms, std::int64_t least_steps);

  std::int64_t least_steps() const override { return least_steps_; }
  void forward(const ForwardCall& call) override;
  std::size_t workspace_bytes() const override;

  const Recordings& recordings() const { return recordings_; }

 private:
  struct Layer {
    Layer(const std::shared_ptr<Device>& device, const WaveLayer& of, const FusedForm& form)
        : layer(device, of.desc, of.shape), forward(make_forward(layer, form)) {}
    StepwiseLayer layer;
    std::unique_ptr<FusedForward> forward;
  };
  using Weights = std::vector<std::shared_ptr<const FusedWeights>>;
  // A layer's share of a call.
  struct Part {
    ForwardCall call;
    FusedArrays arrays;
  };

  ForwardCall call_of(const ForwardCall& call, std::size_t layer) const;
  std::shared_ptr<const Weights> weights_of(const ForwardCall& call);
  std::vector<Part> parts_of(const ForwardCall& call, void* memory) const;
  void queue(const std::vector<Part>& parts, const Weights& weights) const;
  void queue_step(const std::vector<Part>& parts, const Weights& weights, std::size_t layer,
                  std::int64_t t) const;

  std::shared_ptr<Device> device_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::int64_t least_steps_;
  std::shared_ptr<const Weights> weights_;  // of the latest call
  DeviceMemory memory_;
  Recordings recordings_;
};

// Of "64x32,wave" "64x32", the tiling of each layer; of "wave" nothing, which leaves it to the model. None
// where no wave is asked for.
std::optional<std::string> tiling_in_wave(const std::string& tiling);

// Whether a stack should run in a wave, and in which forms: as its layers were asked for, else where it
// should be faster by the model of fused_wave_choice.cpp.
WaveChoice choose_fused_wave(const std::shared_ptr<Device>& device, std::span<const WaveLayer> layers);

}  // namespace convlstm::cuda
