// Memory for blocks that share the depth of a tile: DepthSplit of fused_arguments.h.
#pragma once

#include "backend/cuda/device.h"
#include "backend/cuda/fused_plan.h"

namespace convlstm::cuda {

class DepthSplitMemory {
 public:
  DepthSplitMemory() = default;
  DepthSplitMemory(const std::shared_ptr<Device>& device, const FusedCut& cut, std::int64_t pixels,
                   std::int64_t columns)
      : parts_(cut.parts) {
    if (parts_ <= 1) return;
    const TileSize size = size_of(cut.tile);
    const std::int64_t tiles = (pixels + size.pixels - 1) / size.pixels * (columns / size.columns);
    const auto bytes = [](std::int64_t count) { return static_cast<std::size_t>(count) * 4; };
    sums_ = DeviceMemory(device, bytes(tiles * parts_ * size.pixels * size.columns));
    arrived_ = DeviceMemory(device, bytes(tiles));
    device->stream.clear(arrived_.data(), arrived_.bytes());
  }

  DepthSplit view() const { return {parts_, sums_.as<float>(), arrived_.as<std::uint32_t>()}; }
  std::size_t bytes() const { return sums_.bytes() + arrived_.bytes(); }

 private:
  std::int32_t parts_ = 1;
  DeviceMemory sums_, arrived_;
};

}  // namespace convlstm::cuda
