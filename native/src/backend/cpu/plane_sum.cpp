#include "backend/cpu/plane_sum.h"

#include <string>

namespace convlstm::cpu {

std::int64_t PlaneSum::source_planes() const {
  std::int64_t planes = 0;
  for (const Part& part : parts_) planes += part.convolution->source_planes();
  return planes;
}

PackedLayout PlaneSum::layout() const {
  PackedLayout layout = parts_.front().convolution->layout_of(rows());
  if (parts_.size() > 1) layout.terms += parts_.back().convolution->layout_of(rows()).terms;
  return layout;
}

std::shared_ptr<const PackedRows> PlaneSum::packed(const ParameterViews& parameters) const {
  std::string key = "sum";
  for (const Part& part : parts_) key += ' ' + part.convolution->key('f', part.rows);
  return parameters.packed->get<PackedRows>(key, parameters.version, [&] {
    std::vector<WeightRuns> runs;
    for (const Part& part : parts_) runs.push_back(part.convolution->runs());
    const PackedLayout form = layout();
    const auto row_of = [&](std::size_t part, std::int64_t row) {
      const auto& [convolution, range] = parts_[part];
      return row < range.count ? convolution->row(parameters, range.first + row) : nullptr;
    };
    return std::make_shared<PackedRows>(
        pack_rows(parts_.front().convolution->pool(), form.blocks, form.rows, runs, row_of));
  });
}

ProductTask PlaneSum::task(const PackedRows& weights, const Sources& sources) const {
  ProductTask task{{}, &weights, source_planes()};
  for (std::size_t k = 0; k < parts_.size(); ++k) {
    const Terms terms = parts_[k].convolution->terms(sources[k]);
    if (sources[k] != nullptr)
      task.terms[k] = terms;
    else
      task.skipped += terms.count;
  }
  return task;
}

}  // namespace convlstm::cpu
