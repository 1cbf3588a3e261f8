// Barriers and the copy engine on the emulated device against plain loops, and what is found out about
// kernels that are wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "backend/cuda/hopper_ops.h"
#include "core/error.h"
#include "core/random.h"

namespace convlstm::cuda::test {
namespace {

using emulated::run_block;

std::string error_of(int threads, const std::function<void(int, std::byte*)>& body) {
  try {
    run_block(threads, 4096, body);
  } catch (const Error& error) {
    return error.what();
  }
  return "ran";
}

Barrier* barrier_at(std::byte* shared, int index = 0) {
  return reinterpret_cast<Barrier*>(shared + 4096 - 8 * (index + 1));
}

// By the first thread, for all.
void make_barrier(int thread, std::byte* shared, int arrivals) {
  if (thread == 0) {
    init_barrier(barrier_at(shared), arrivals);
    fence_barriers();
  }
  sync_threads();
}

// Rows of 32 numbers, boxes of 16 by 8.
struct Tiles {
  alignas(16) float numbers[10][32];
  TensorMap map;
  Tiles() {
    for (int k = 0; k < 320; ++k) numbers[k / 32][k % 32] = static_cast<float>(k);
    map = tiled_map({MapElement::kFloat32, numbers, 2, {30, 10}, {4, 128}, Swizzle::k64}, {16, 8});
  }
};

TEST(HopperCopies, Barrier_PhaseEndsWithItsArrivals) {
  std::vector<int> order;
  run_block(96, 4096, [&](int thread, std::byte* shared) {
    make_barrier(thread, shared, 32);
    const int warp = thread / 32;
    for (unsigned round = 0; round < 3; ++round) {
      if (warp == 0)
        arrive(barrier_at(shared));
      else
        wait_barrier(barrier_at(shared), round & 1);
      if (thread % 32 == 0) order.push_back(warp == 0 ? -1 : static_cast<int>(round));
      sync_threads();
    }
  });
  EXPECT_EQ(order, (std::vector<int>{-1, 0, 0, -1, 1, 1, -1, 2, 2}));
}

TEST(HopperCopies, Tile_IsNaNUntilItsBarrierAndThenSwizzled) {
  const Tiles tiles;
  run_block(64, 4096, [&](int thread, std::byte* shared) {
    make_barrier(thread, shared, 1);
    const auto number = [&](int row, int column) {
      const int at = 64 * row + 4 * column;
      return *reinterpret_cast<float*>(shared + 1024 + (at ^ (at / 128 % 4) * 16));
    };
    if (thread == 0) {
      arrive_expecting(barrier_at(shared), 16 * 8 * 4);
      copy_tile(shared + 1024, tiles.map, barrier_at(shared), 16, 4);
    }
    sync_threads();
    EXPECT_TRUE(std::isnan(number(0, 0)) && std::isnan(number(7, 15)));
    sync_threads();
    wait_barrier(barrier_at(shared), 0);
    for (int row = 0; row < 8; ++row)
      for (int column = 0; column < 16; ++column)
        EXPECT_EQ(number(row, column),
                  row < 6 && column < 14 ? static_cast<float>(32 * (row + 4) + column + 16) : 0)
            << row << ' ' << column;
  });
}

// Pixel by pixel, as a convolution reads them.
TEST(HopperCopies, Pixels_MatchPlainLoops) {
  Random random(51);
  for (int round = 0; round < 40; ++round) {
    const auto below = [&](std::uint64_t limit) { return static_cast<int>(random.below(limit)); };
    const bool is_deep = round % 2 == 1;
    const int images = 1 + below(3), channels = 8 * (1 + below(3)),
              kernel[3] = {1 + below(5), 1 + below(3), 1 + below(2)};
    int size[3], out[3], before[3];
    PixelBox box{};
    for (int k = 0; k < 3; ++k) {
      const int step = k < 2 ? 1 + below(2) : 1, dilation = 1 + below(2);
      const bool is_there = k < 2 || is_deep;
      const int reach = is_there ? (kernel[k] - 1) * dilation : 0;
      size[k] = is_there ? 1 + below(7) : 1;
      before[k] = reach / 2;
      box.lower[k] = -before[k];
      box.upper[k] = reach - before[k] - reach;
      box.step[k] = step;
      out[k] = (size[k] - 1) / step + 1;
    }
    box.channels = 8 * (1 + below(4));
    box.pixels = 32;
    std::vector<std::uint16_t> numbers(
        static_cast<std::size_t>(images * size[0] * size[1] * size[2] * channels));
    for (auto& number : numbers) number = static_cast<std::uint16_t>(1 + random.below(60000));
    MappedArray array{MapElement::kBfloat16, nullptr, is_deep ? 5 : 4, {}, {}, Swizzle::k64};
    // Vectors are aligned to 16 bytes by the allocator of the host.
    array.data = numbers.data();
    const int sizes[5] = {channels, size[0], size[1], is_deep ? size[2] : images, images};
    std::int64_t stride = 2;
    for (int k = 0; k < array.axes; ++k) {
      array.size[k] = sizes[k];
      array.stride[k] = stride;
      stride *= sizes[k];
    }
    const TensorMap map = pixel_map(array, box);

    const int total = images * out[0] * out[1] * out[2], first = below(static_cast<std::uint64_t>(total));
    const int shift[3] = {kernel[0] > 1 ? 1 : 0, 0, 0}, from_channel = 8 * below(2);
    const auto place = [&](int pixel) {
      return std::array<int, 4>{pixel % out[0], pixel / out[0] % out[1], pixel / out[0] / out[1] % out[2],
                                pixel / out[0] / out[1] / out[2]};
    };
    run_block(32, 4096, [&](int thread, std::byte* shared) {
      make_barrier(thread, shared, 1);
      const auto at = place(first);
      if (thread == 0) {
        arrive_expecting(barrier_at(shared), box.pixels * box.channels * 2);
        const PixelCopy copy{from_channel,
                             at[0] * box.step[0] + box.lower[0],
                             at[1] * box.step[1] + box.lower[1],
                             at[2] * box.step[2] + box.lower[2],
                             at[3],
                             static_cast<std::uint16_t>(shift[0]),
                             0,
                             0};
        if (is_deep)
          copy_pixels<5>(shared, map, barrier_at(shared), copy);
        else
          copy_pixels<4>(shared, map, barrier_at(shared), copy);
      }
      wait_barrier(barrier_at(shared), 0);
      if (thread != 0) return;
      for (int i = 0; i < box.pixels; ++i)
        for (int c = 0; c < box.channels; ++c) {
          const auto pixel = place(first + i);
          int coordinate[3];
          bool is_inside = pixel[3] < images && c + from_channel < channels;
          for (std::size_t k = 0; k < 3; ++k) {
            coordinate[k] = pixel[k] * box.step[k] + box.lower[k] + shift[k];
            is_inside &= coordinate[k] >= 0 && coordinate[k] < size[k];
          }
          const int index =
              (((pixel[3] * size[2] + coordinate[2]) * size[1] + coordinate[1]) * size[0] + coordinate[0]) *
                  channels +
              c + from_channel;
          const int byte = (i * box.channels + c) * 2;
          std::uint16_t actual;
          std::memcpy(&actual, shared + (byte ^ (byte / 128 % 4) * 16), 2);
          ASSERT_EQ(actual, is_inside ? numbers[static_cast<std::size_t>(index)] : 0)
              << "round " << round << " pixel " << i << " channel " << c;
        }
    });
  }
}

TEST(HopperCopies, Tf32Maps_RoundAsTheyCopy) {
  alignas(16) const float numbers[4] = {1 + 0x1p-11f, 1 + 0x1p-12f, -3, 0};
  const TensorMap map = tiled_map({MapElement::kTf32, numbers, 2, {4, 1}, {4, 16}, Swizzle::k32}, {4, 1});
  run_block(32, 4096, [&](int thread, std::byte* shared) {
    make_barrier(thread, shared, 1);
    if (thread == 0) {
      arrive_expecting(barrier_at(shared), 16);
      copy_tile(shared, map, barrier_at(shared), 0, 0);
    }
    wait_barrier(barrier_at(shared), 0);
    const auto* const copied = reinterpret_cast<const float*>(shared);
    EXPECT_EQ(copied[0], 1 + 0x1p-10f);
    EXPECT_EQ(copied[1], 1);
    EXPECT_EQ(copied[2], -3);
  });
}

TEST(HopperCopies, WrongKernels_AreFoundOut) {
  static const Tiles tiles;
  const auto copy_with = [](int expected, bool is_fenced, int place) {
    return [=](int thread, std::byte* shared) {
      if (thread == 0) {
        init_barrier(barrier_at(shared), 1);
        if (is_fenced) fence_barriers();
      }
      sync_threads();
      if (thread == 0) {
        arrive_expecting(barrier_at(shared), expected);
        copy_tile(shared + place, tiles.map, barrier_at(shared), 0, 0);
      }
      wait_barrier(barrier_at(shared), 0);
    };
  };
  EXPECT_EQ(error_of(32, copy_with(512, true, 0)), "ran");
  EXPECT_EQ(error_of(32, copy_with(512, false, 0)), "kernel: expected a barrier that was fenced");
  EXPECT_EQ(error_of(32, copy_with(512, true, 64)),
            "kernel: expected a copy into memory aligned to 128 bytes, got byte 64");
  EXPECT_EQ(error_of(32, copy_with(528, true, 0)),
            "kernel: 32 of 32 threads wait for ever; the barrier at byte 4088 lacks 0 arrivals and 16 bytes");
  EXPECT_EQ(
      error_of(32, copy_with(496, true, 0)),
      "kernel: 32 of 32 threads wait for ever; the barrier at byte 4088 lacks 0 arrivals and -16 bytes");
  EXPECT_EQ(error_of(32, [](int, std::byte* shared) { arrive(barrier_at(shared)); }),
            "kernel: expected a barrier that was made");
  EXPECT_EQ(error_of(32,
                     [](int thread, std::byte* shared) {
                       make_barrier(thread, shared, 33);
                       arrive(barrier_at(shared));
                       wait_barrier(barrier_at(shared), 0);
                     }),
            "kernel: 32 of 32 threads wait for ever; the barrier at byte 4088 lacks 1 arrivals and 0 bytes");
  EXPECT_EQ(error_of(32,
                     [](int thread, std::byte* shared) {
                       make_barrier(thread, shared, 1);
                       if (thread != 0) return;
                       arrive_expecting(barrier_at(shared), 512);
                       copy_tile(shared, tiles.map, barrier_at(shared), 0, 0);
                     }),
            "kernel: nobody waits for a copy into a block that ends");
}

TEST(HopperCopies, WrongMaps_AreRefused) {
  alignas(16) static const float numbers[64] = {};
  const auto error_of_map = [](const MappedArray& array, const std::int32_t(&box)[5]) -> std::string {
    try {
      tiled_map(array, box);
    } catch (const Error& error) {
      return error.what();
    }
    return "made";
  };
  const MappedArray good{MapElement::kFloat32, numbers, 2, {8, 8}, {4, 32}, Swizzle::k32};
  EXPECT_EQ(error_of_map(good, {8, 8}), "made");
  EXPECT_EQ(error_of_map(good, {8, 257}), "tensor map: expected boxes of 1 to 256 along each axis, got 257");
  EXPECT_EQ(error_of_map(good, {12, 8}),
            "tensor map: expected rows of a box no longer than the swizzle's span, got 48");
  EXPECT_EQ(error_of_map(good, {3, 8}),
            "tensor map: expected rows of a box that are multiples of 16 bytes, got 12");
  MappedArray wrong = good;
  wrong.stride[1] = 24;
  EXPECT_EQ(error_of_map(wrong, {8, 8}),
            "tensor map: expected strides that are multiples of 16 bytes, got 24");
  wrong = good;
  wrong.data = numbers + 1;
  EXPECT_EQ(error_of_map(wrong, {8, 8}), "tensor map: expected an array aligned to 16 bytes, got another");
}

}  // namespace
}  // namespace convlstm::cuda::test
