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

// Channels of one point of many tiles.
struct WinogradChannels {
  const float* first;  // channel of the first tile
  std::int64_t count;
  std::int64_t tile_stride, stride;  // from tile to tile, and from channel to channel
};

// Sums over channels of one point: sums[tile][slot][lane] = channels[tile][channel] *
// weights[channel][slot][lane]. Forward the slots are the gates of a block; backward they are blocks of
// channels.
struct WinogradProduct {
  WinogradChannels channels[2];  // their weights lie one after the other
  const float* weights;
  const float* next_weights;  // of the product after this one, as many
  std::int64_t tiles;
  float* sums;
  int slots = 4;  // 1, 2 or 4
};

// A^T m A of the four gates of one tile and one block, and the step of the cell.
struct WinogradGates {
  const float* sums;  // [point][gate][lane]
  std::int64_t point_stride;
  const float* bias;           // [4][lane], the forget bias included
  const float* peephole;       // [3][lane]
  const float* input_sums;     // [row of the tile][column][gate][lane], added; null: none, or in the sums
  std::int64_t rows, columns;  // pixels of the tile that are pixels of the image
  const float* c_before;       // of the first pixel; channels last
  std::int64_t c_before_row_stride, c_before_pixel_stride;
  float *c, *h;                           // c may be c_before
  std::int64_t row_stride, pixel_stride;  // of c and h
  cln_gate_activation gate_activation;
  cln_cell_activation cell_activation;
  float clip;
  float* gates;  // as input_sums, which it may be, after their activations; null in inference
  bool is_far;   // gates, and a c that is not c_before, are not read soon; they are aligned to a vector
};

// A^T m A of one tile and one vector of channels.
struct WinogradOutput {
  const float* sums;
  std::int64_t point_stride;
  float* pixels;  // [row of the tile][column], a vector each
  std::int64_t pixel_stride;
};

// B m B^T of one tile and one vector of channels: the gradient by all pixels that the tile sees.
struct WinogradSpread {
  const float* sums;
  std::int64_t point_stride;
  float* seen;  // [row][column][lane]
  bool is_far;  // `seen` is not read soon, and aligned to a vector
};

// The gradient by the tile's own pixels: those that it and its neighbours see of them, added.
struct WinogradOverlap {
  const float* seen;            // of the tile, as a WinogradSpread left it
  std::int64_t next, next_row;  // from it to those of the tile at its right, and below it
  bool has_left, has_right, has_above, has_below;
  float* pixels;  // [row of the tile][column][lane], added to
};

// The gates of one tile and one block, backward; and A dY A^T of their gradients. Pixels of a tile lie as in
// WinogradOverlap where nothing else is said.
struct WinogradGateGradients {
  const float* dh;
  const float* gates;     // as the forward left them
  const float* peephole;  // [3][lane]
  std::int64_t rows, columns;
  const float *c_before, *c;  // of the first pixel; channels last
  std::int64_t c_row_stride, c_pixel_stride;
  float* dc;           // in: by the new cell state, out: by the old one
  float* transformed;  // [point][gate][lane]
  std::int64_t point_stride;
  float* peephole_gradient;  // [gate][lane] of this tile alone; nothing for g
  cln_gate_activation gate_activation;
  cln_cell_activation cell_activation;
  float clip;
};

// sums[channel][gate][lane] += channels[tile][channel] * rows[tile][gate][lane], of one point.
struct WinogradGradient {
  WinogradChannels channels[2];  // their sums lie one after the other
  const float* rows;
  std::int64_t row_stride;  // from tile to tile
  std::int64_t tiles;
  float* sums;
};

// Kernels of up to R x R taps, which sit in the middle of zeros, one a lane; and their points.
struct WinogradFilter {
  std::int64_t lanes, lane_stride;  // kernels, and from one to the next
  std::int64_t rows, columns;       // taps
  std::int64_t point_stride;
};

struct WinogradKernels {
  int outputs, taps;  // M, R
  void (*input)(const WinogradInput& a);
  void (*gates)(const WinogradGates& a);
  void (*output)(const WinogradOutput& a);
  void (*spread)(const WinogradSpread& a);
  void (*overlap)(const WinogradOverlap& a);
  void (*gate_gradients)(const WinogradGateGradients& a);
  // G w G^T, in double. Lanes without a kernel become 0.
  void (*weights)(const WinogradFilter& a, const float* kernels, float* points);
  // G^T m G, in double, added to the kernels.
  void (*add_taps)(const WinogradFilter& a, const float* points, float* kernels);
};

// The variants: index by winograd_variant(M, R).
inline constexpr int kWinogradVariants = 4;
constexpr int winograd_variant(int outputs, int taps) {
  return (taps == 5 ? 2 : 0) + (outputs == 4 ? 1 : 0);
}

struct WinogradTable {
  int tiles;  // that a product takes at once
  void (*product)(const WinogradProduct& a);
  void (*gradient)(const WinogradGradient& a);
  // to[column * to_stride + row] = from[row * from_stride + column], of a vector of both.
  void (*transpose_square)(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride);
  WinogradKernels variants[kWinogradVariants];
};

}  // namespace convlstm::cpu
