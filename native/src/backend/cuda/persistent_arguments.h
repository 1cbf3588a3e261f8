// A sequence of a ConvLSTM as one kernel, whose blocks are all on the device at once (grid_launch.h). A block
// has a patch of pixels by groups of hidden channels, as in fused_arguments.h, and keeps
//
//   in shared memory   its columns of both kernels; x and h of its patch and the halo around it, of the step
//   in registers       c
//
// After a step it writes its h to memory and raises its flag; before the products of h it waits for the flags
// of the blocks whose pixels its halo has. h lies in two arrays that take turns: who has come to step t has
// waited for neighbours that have read all of step t - 1, so that nobody is more than one step ahead.
// Flags are never set back: they go on counting from where the call before left them.
//
// Where the memory of one multiprocessor is too small, blocks of a cluster share the depth of a tile
// (compute capability 9.0): each keeps the kernels of its part, and the channels of x and h that this part
// reads. They send their sums to each other's shared memory; each adds up those of its share of the pixels,
// keeps their c, and writes their h.
#pragma once

#include "backend/cuda/fused_arguments.h"

namespace convlstm::cuda {

// One slot a step, used in turns.
template <typename T>
struct Ring {
  T* data = nullptr;
  std::int64_t stride = 0;
  std::int32_t slots = 1, first = 0;  // the slot of number 0
  CLN_HOST_DEVICE T* at(std::int32_t number) const {
    return data + static_cast<std::int64_t>((first + number) % slots) * stride;
  }
};

inline constexpr int kMostDepthParts = 8;  // blocks of a cluster: what every device of 9.0 can do

// How pixels of x or h lie in shared memory. Images have zeros behind each line, under the last one and
// behind the last plane, enough for every element of the kernel: so an element is a fixed distance, and
// nothing is compared with edges in the products. A line's zeros serve the next one as those before it.
struct Halo {
  FusedSource source;    // of the first step
  Position size;         // of an image with its zeros
  PixelSplit split;      // of the same
  std::int32_t least;    // the smallest distance of an element, in pixels of such images
  std::int32_t extent;   // from it to the largest, and 1
  std::int32_t pitch;    // vectors of a pixel in memory
  std::int32_t vectors;  // of them, those that the block has that has most
  struct {
    std::int32_t first, count;
  } parts[kMostDepthParts];  // the vectors of each part of the depth
  std::int32_t row;       // bytes from one pixel to the next: an odd number of vectors, so that 8 pixels in a
                          // row are in 8 different banks
  std::int32_t lanes;     // threads that copy a pixel; a power of two
  std::int32_t rows = 0;  // pixels of the block that has most
  struct {
    std::int32_t pixels;
    std::int32_t numbers;  // int32 of each pixel: its number in memory; -1: a zero
    std::int32_t own;      // int32 of each of the block's own pixels
  } at;                    // where in shared memory

  // From where the elements are counted that pixel `number` of the states reads.
  CLN_HOST_DEVICE std::int32_t place(const PixelSplit& states, std::int32_t number) const {
    const PixelPlace pixel = states.place(number);
    const Position& stride = source.stride;
    return ((pixel.image * size.d + pixel.at.d * stride.d) * size.h + pixel.at.h * stride.h) * size.w +
           pixel.at.w * stride.w;
  }
};

// Where things lie in shared memory, in bytes.
struct PersistentPlaces {
  std::int32_t columns, zeros;
  std::int32_t distances;  // int32 of each vector of the part of the depth, bytes; -1: zeros are read
  std::int32_t sums;       // of the other blocks of the cluster: over the pixels of h
  std::int32_t bytes;      // of all, the halos too
};

struct PersistentSequence {
  FusedStep step;  // of the first step, but `final`: of the last
  Halo x, h;
  PersistentPlaces places;
  // Of each vector of each part of the depth: `distances` as above; its number among all vectors of the step,
  // -1: none.
  const std::int32_t *distances, *sources;
  std::int32_t x_stages, stages;  // of a part: of x; in all

  std::int32_t steps;
  std::int32_t input_begin, input_end;  // the steps that have an input
  std::int64_t x_step;                  // bytes
  Ring<std::byte> h_slots;              // number t: h before step t
  Ring<float> c_slots;                  // likewise; written where there are several, and at the end
  Ring<std::byte> gate_slots;           // number t: of step t; null: not wanted
  std::int64_t gate_stride = 0;         // bytes
  std::int64_t mask_step;
  bool has_all_y;        // else the last step's alone
  std::uint32_t* flags;  // [patches][groups of blocks][parts]
  std::int32_t reach;    // patches to both sides that the halo of a block may be of
  std::int32_t patches, groups, images;
};

// Pixels by columns of a block; of a cluster, and how many blocks share its depth.
enum class PersistentTile : std::uint8_t {
  k64By128,
  k32By128,
  k256By32,
  k128By64,
  k32By64,
  k64By32,
  k16By64,
  k512By64Cluster2,
  k256By64Cluster2,
  k128By64Cluster4,
  k128By32Cluster4,
  k64By32Cluster4,
  k256By32Cluster8,
};
inline constexpr PersistentTile kPersistentTiles[] = {
    PersistentTile::k64By128, PersistentTile::k256By32, PersistentTile::k128By64, PersistentTile::k32By128,
    PersistentTile::k32By64,  PersistentTile::k64By32,  PersistentTile::k16By64};
inline constexpr PersistentTile kClusterTiles[] = {
    PersistentTile::k512By64Cluster2, PersistentTile::k256By64Cluster2, PersistentTile::k128By64Cluster4,
    PersistentTile::k128By32Cluster4, PersistentTile::k64By32Cluster4,  PersistentTile::k256By32Cluster8};

// The kernel of one tile and kind of product.
struct PersistentCalls {
  // Those that the device holds at once.
  std::int64_t (*count_blocks)(const Stream& stream, std::size_t shared_bytes) = nullptr;
  // Queues the sequence.
  void (*start)(Stream& stream, const PersistentSequence& work) = nullptr;
};
// Of persistent_half.cu and the like: of kPersistentTiles, of kClusterTiles.
PersistentCalls persistent_half(FusedProducts products, PersistentTile tile);
PersistentCalls persistent_float(FusedProducts products, PersistentTile tile);
PersistentCalls cluster_half(FusedProducts products, PersistentTile tile);
PersistentCalls cluster_float(FusedProducts products, PersistentTile tile);

}  // namespace convlstm::cuda
