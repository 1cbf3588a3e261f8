// Tensor maps by the driver. Its functions are asked for when the first map is made: the library does not
// link the driver.
#include <cuda.h>
#include <cuda_runtime_api.h>

#include "backend/cuda/cuda_check.h"
#include "backend/cuda/tensor_map.h"
#include "core/error.h"

namespace convlstm::cuda {
namespace {

static_assert(sizeof(TensorMap) == sizeof(CUtensorMap) && alignof(TensorMap) >= alignof(CUtensorMap));

template <typename Function>
Function* entry_point(const char* name) {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found{};
  CLN_CUDA_CHECK(cudaGetDriverEntryPoint(name, &function, cudaEnableDefault, &found));
  if (found != cudaDriverEntryPointSuccess || function == nullptr)
    fail(CLN_UNSUPPORTED, "CUDA: the driver has no ", name, ": expected one for CUDA 12.0 or newer");
  return reinterpret_cast<Function*>(function);
}

void check_driver(CUresult code, const char* name) {
  if (code == CUDA_SUCCESS) return;
  static auto* const text_of = entry_point<decltype(cuGetErrorString)>("cuGetErrorString");
  const char* text = nullptr;
  text_of(code, &text);
  fail(CLN_DEVICE_ERROR, "CUDA: ", name, ": ", text != nullptr ? text : "unknown error", " (",
       static_cast<int>(code), ")");
}

CUtensorMapDataType type_of(MapElement element) {
  switch (element) {
    case MapElement::kBfloat16:
      return CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
    case MapElement::kFloat16:
      return CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
    case MapElement::kTf32:
      return CU_TENSOR_MAP_DATA_TYPE_TFLOAT32;
    case MapElement::kFloat32:
      break;
  }
  return CU_TENSOR_MAP_DATA_TYPE_FLOAT32;
}

CUtensorMapSwizzle swizzle_of(Swizzle swizzle) {
  return swizzle == Swizzle::k128  ? CU_TENSOR_MAP_SWIZZLE_128B
         : swizzle == Swizzle::k64 ? CU_TENSOR_MAP_SWIZZLE_64B
                                   : CU_TENSOR_MAP_SWIZZLE_32B;
}

struct Sizes {
  cuuint64_t size[kMostMapAxes], stride[kMostMapAxes - 1];
  explicit Sizes(const MappedArray& array) {
    for (int k = 0; k < array.axes; ++k) {
      size[k] = static_cast<cuuint64_t>(array.size[k]);
      if (k > 0) stride[k - 1] = static_cast<cuuint64_t>(array.stride[k]);
    }
  }
};

}  // namespace

TensorMap tiled_map(const MappedArray& array, const std::int32_t (&box)[kMostMapAxes]) {
  check_map(array);
  check_box(array, box);
  static auto* const encode = entry_point<decltype(cuTensorMapEncodeTiled)>("cuTensorMapEncodeTiled");
  const Sizes sizes(array);
  cuuint32_t of_box[kMostMapAxes], steps[kMostMapAxes] = {1, 1, 1, 1, 1};
  for (int k = 0; k < array.axes; ++k) of_box[k] = static_cast<cuuint32_t>(box[k]);
  TensorMap map;
  check_driver(encode(reinterpret_cast<CUtensorMap*>(&map), type_of(array.element),
                      static_cast<cuuint32_t>(array.axes), const_cast<void*>(array.data), sizes.size,
                      sizes.stride, of_box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle_of(array.swizzle),
                      CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE),
               "cuTensorMapEncodeTiled");
  return map;
}

TensorMap pixel_map(const MappedArray& array, const PixelBox& box) {
  check_map(array);
  check_box(array, box);
  static auto* const encode = entry_point<decltype(cuTensorMapEncodeIm2col)>("cuTensorMapEncodeIm2col");
  const Sizes sizes(array);
  cuuint32_t steps[kMostMapAxes] = {1, 1, 1, 1, 1};
  for (int k = 0; k + 2 < array.axes; ++k) steps[k + 1] = static_cast<cuuint32_t>(box.step[k]);
  TensorMap map;
  check_driver(
      encode(reinterpret_cast<CUtensorMap*>(&map), type_of(array.element),
             static_cast<cuuint32_t>(array.axes), const_cast<void*>(array.data), sizes.size, sizes.stride,
             box.lower, box.upper, static_cast<cuuint32_t>(box.channels), static_cast<cuuint32_t>(box.pixels),
             steps, CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle_of(array.swizzle),
             CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE),
      "cuTensorMapEncodeIm2col");
  return map;
}

}  // namespace convlstm::cuda
