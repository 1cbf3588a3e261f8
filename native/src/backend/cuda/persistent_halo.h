// The pixels of x or h that a block of the persistent kernel reads, in its shared memory.
#pragma once

#include "backend/cuda/persistent_arguments.h"
#include "backend/cuda/tensor_ops.h"

namespace convlstm::cuda {

// Pixels `first` to `last` of the states, and what the kernel's elements reach from them.
struct HaloMemory {
  const Halo& halo;
  std::byte* shared;
  std::int32_t rows, first_vector, vectors;

  CLN_DEVICE HaloMemory(const Halo& of, std::byte* memory, int part, const PixelSplit& states,
                        std::int32_t first, std::int32_t last)
      : halo(of),
        shared(memory),
        rows(of.rows == 0 ? 0 : of.place(states, last) - of.place(states, first) + of.extent),
        first_vector(of.parts[part].first),
        vectors(of.parts[part].count) {}

  // In bytes of shared memory: where the vectors of each of the block's own pixels are counted from.
  CLN_DEVICE const std::int32_t* own() const { return ints(halo.at.own); }

  // Finds the pixels, and writes zeros everywhere: those that are not pixels stay. Of `count` own pixels
  // those past the last are given its place.
  CLN_DEVICE void prepare(int thread, int threads, const PixelSplit& states, std::int32_t images,
                          std::int32_t first, std::int32_t last, int count) const {
    if (rows == 0) return;
    const std::int32_t origin = halo.place(states, first);
    for (int k = thread; k < count; k += threads) {
      const std::int32_t pixel = first + k < last ? first + k : last;
      ints(halo.at.own)[k] = halo.at.pixels + (halo.place(states, pixel) - origin) * halo.row;
    }
    for (std::int32_t row = thread; row < rows; row += threads)
      ints(halo.at.numbers)[row] = number_of(origin + halo.least + row, images);
    for (std::int32_t k = thread; k < rows * (halo.row / 4); k += threads) ints(halo.at.pixels)[k] = 0;
  }

  // `kClears`: zeros are written anew, since other things have lain there.
  template <bool kClears>
  CLN_DEVICE void start_copy(const void* data, int thread, int threads) const {
    const std::int32_t lane = thread & (halo.lanes - 1), step = threads / halo.lanes;
    for (std::int32_t row = thread / halo.lanes; row < rows; row += step) {
      const std::int32_t number = ints(halo.at.numbers)[row];
      const bool is_pixel = number >= 0;
      if (!kClears && !is_pixel) continue;
      const std::int64_t vector =
          static_cast<std::int64_t>(is_pixel ? number : 0) * halo.pitch + first_vector;
      const std::byte* const from = static_cast<const std::byte*>(data) + vector * kVectorBytes;
      std::byte* const to = shared + halo.at.pixels + row * halo.row;
      for (std::int32_t k = lane; k < vectors; k += halo.lanes)
        copy_async(to + k * kVectorBytes, from + k * kVectorBytes, is_pixel);
    }
  }

 private:
  CLN_DEVICE std::int32_t* ints(std::int32_t place) const {
    return reinterpret_cast<std::int32_t*>(shared + place);
  }
  // The number in memory of a pixel of images with zeros; -1: it is one of those.
  CLN_DEVICE std::int32_t number_of(std::int32_t at, std::int32_t images) const {
    if (at < 0) return -1;
    const PixelPlace place = halo.split.place(at);
    const Position& size = halo.source.size;
    if (place.image >= images || place.at.d >= size.d || place.at.h >= size.h || place.at.w >= size.w)
      return -1;
    return ((place.image * size.d + place.at.d) * size.h + place.at.h) * size.w + place.at.w;
  }
};

}  // namespace convlstm::cuda
