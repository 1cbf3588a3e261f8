// One or two convolutions of the generic executor whose results add up, as one product: the terms of both
// follow each other, so that a sum goes to memory once. In 32-bit floats.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "backend/cpu/packed_rows.h"
#include "backend/cpu/plane_convolution.h"
#include "backend/cpu/product.h"
#include "backend/executor.h"

namespace convlstm::cpu {

class PlaneSum {
 public:
  struct Part {
    const PlaneConvolution* convolution;
    RowRange rows;  // as many in each part
  };
  using Sources = std::array<const float*, 2>;  // of each part

  explicit PlaneSum(std::vector<Part> parts) : parts_(std::move(parts)) {}

  const std::vector<Part>& parts() const { return parts_; }
  // The same with the rows that follow in each part.
  void append(std::int64_t rows) {
    for (Part& part : parts_) part.rows.count += rows;
  }
  std::int64_t rows() const { return parts_.front().rows.count; }
  std::int64_t source_planes() const;  // of each image
  PackedLayout layout() const;         // of the packed form
  std::shared_ptr<const PackedRows> packed(const ParameterViews& parameters) const;
  // The source of the first part may be null: it adds nothing then.
  ProductTask task(const PackedRows& weights, const Sources& sources) const;

 private:
  std::vector<Part> parts_;
};

}  // namespace convlstm::cpu
