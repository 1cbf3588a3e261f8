// Grids on the emulated device: what their tests share.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "backend/cuda/emulated_grid.h"
#include "backend/cuda/grid_launch.h"
#include "core/error.h"

namespace convlstm::cuda::test {

inline constexpr std::uint64_t kSeeds = 8;  // of schedules

class GridTest : public testing::Test {
 protected:
  void TearDown() override {
    emulated::set_grid_schedule(0);
    emulated::set_multiprocessors(4);
  }
  // What the queued work met.
  std::string error_of_queue() {
    try {
      stream_.synchronize();
    } catch (const Error& error) {
      return error.what();
    }
    return "ran";
  }
  Stream stream_{0};
};

}  // namespace convlstm::cuda::test
