// The products of tensor cores. Fragments are those of the PTX instruction set, "Matrix fragments for
// mma.m16n8k16 / .m16n8k8": lane = 4 * group + member.
#include <cstring>

#include "backend/cuda/element.h"
#include "backend/cuda/emulated_block.h"

namespace convlstm::cuda::emulated {
namespace {

constexpr int kLanes = 32, kRows = 16, kColumns = 8;

struct Product {
  float* sums;
  const std::uint32_t *a, *b;
};

// Element `half` of a register; a register of tf32 has one, of which the low 13 bits do not count.
template <Operand kOperand>
float element_of(std::uint32_t bits, int half) {
  if constexpr (kOperand == Operand::kTf32) return float_of(bits & 0xffffe000u);
  const auto part = static_cast<std::uint16_t>(bits >> 16 * half);
  return kOperand == Operand::kBfloat16 ? bfloat16_to_float(part) : float16_to_float(part);
}

template <Operand kOperand>
void multiply_for_warp(void* const* lanes) {
  constexpr int kHalves = kOperand == Operand::kTf32 ? 1 : 2, kDepth = 8 * kHalves;
  float a[kRows][kDepth], b[kDepth][kColumns];
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto& own = *static_cast<const Product*>(lanes[lane]);
    const int group = lane / 4, member = lane % 4;
    for (int half = 0; half < kHalves; ++half) {
      const int k = kHalves * member + half;
      for (int part = 0; part < 4; ++part)
        a[group + 8 * (part % 2)][k + kDepth / 2 * (part / 2)] = element_of<kOperand>(own.a[part], half);
      for (int part = 0; part < 2; ++part)
        b[k + kDepth / 2 * part][group] = element_of<kOperand>(own.b[part], half);
    }
  }
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto& own = *static_cast<const Product*>(lanes[lane]);
    for (int part = 0; part < 4; ++part) {
      const int row = lane / 4 + 8 * (part / 2), column = 2 * (lane % 4) + part % 2;
      float sum = own.sums[part];
      for (int k = 0; k < kDepth; ++k) sum += a[row][k] * b[k][column];
      own.sums[part] = sum;
    }
  }
}

}  // namespace

void multiply_add(Operand operand, float (&sums)[4], const std::uint32_t (&a)[4],
                  const std::uint32_t (&b)[2]) {
  Product own{sums, a, b};
  switch (operand) {
    case Operand::kBfloat16:
      return with_warp(multiply_for_warp<Operand::kBfloat16>, &own);
    case Operand::kFloat16:
      return with_warp(multiply_for_warp<Operand::kFloat16>, &own);
    case Operand::kTf32:
      return with_warp(multiply_for_warp<Operand::kTf32>, &own);
  }
}

}  // namespace convlstm::cuda::emulated
