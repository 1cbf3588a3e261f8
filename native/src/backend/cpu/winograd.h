// The kernels of winograd_fused, plain data as in kernels.h.
//
// Words: a tile is a square of M x M outputs; its transform has N x N points, N = M + R - 1. Hidden channels
// lie in blocks of one vector; a block's sums hold its four gates next to each other, so that one vector
// register holds a gate of as many cells.
#pragma once

#include <cstdint>

#include "convlstm_native.h"

namespace convlstm::cpu {

// B^T d B of one tile, channel by channel.
struct WinogradInput {
  const float* pixels;  // channels last: the first pixel that the tile sees
  std::int64_t row_stride, pixel_stride;
  std::int64_t vectors;  // of channels
  float* transformed;    // [point][channel]
  std::int64_t point_stride;
};

// Sums over channels of one point: sums[tile][gate][lane] = input[tile][channel] *
// weights[channel][gate][lane].
struct WinogradProduct {
  const float* input;
  std::int64_t tile_stride;
  struct Channels {
    std::int64_t first, count;
  } channels[2];  // of the input; the weights lie one after the other
  const float* weights;
  std::int64_t tiles;
  float* sums;
};

// A^T m A of the four gates of one tile and one block, and the step of the cell.
struct WinogradGates {
  const float* sums;  // [point][gate][lane]
  std::int64_t point_stride;
  const float* bias;           // [4][lane], the forget bias included
  const float* peephole;       // [3][lane]
  std::int64_t rows, columns;  // pixels of the tile that are pixels of the image
  float* c;                    // of the first pixel; channels last
  std::int64_t c_row_stride;
  float* h;
  std::int64_t h_row_stride;
  std::int64_t pixel_stride;  // of c and h
  cln_gate_activation gate_activation;
  cln_cell_activation cell_activation;
  float clip;
};

struct WinogradKernels {
  int outputs, taps;  // M, R
  void (*input)(const WinogradInput& a);
  void (*gates)(const WinogradGates& a);
};

// The variants: index by winograd_variant(M, R).
inline constexpr int kWinogradVariants = 4;
constexpr int winograd_variant(int outputs, int taps) {
  return (taps == 5 ? 2 : 0) + (outputs == 4 ? 1 : 0);
}

struct WinogradTable {
  int tiles;  // that a product takes at once
  void (*product)(const WinogradProduct& a);
  WinogradKernels variants[kWinogradVariants];
};

}  // namespace convlstm::cpu
