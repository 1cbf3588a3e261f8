// The sums of a stage: convolutions that share slots become one product, and the cells follow panel by panel,
// while the sums are near.
#include <algorithm>

#include "backend/cpu/generic_recurrent.h"
#include "backend/cpu/product_panels.h"

namespace convlstm::cpu {

// What adds up to a slot, of all stages.
std::vector<GenericRecurrent::SlotSum::Addend> GenericRecurrent::addends_of(int slot) const {
  std::vector<SlotSum::Addend> all;
  for (const Stage& stage : stages_)
    for (const Convolution& c : stage.convolutions) {
      const auto place = std::find(c.plan.slots.begin(), c.plan.slots.end(), slot);
      if (place != c.plan.slots.end()) all.push_back({&c, static_cast<int>(place - c.plan.slots.begin())});
    }
  return all;
}

// Whether the sum goes on with the next slot, to which these add up.
bool GenericRecurrent::goes_on(const SlotSum& sum, const std::vector<SlotSum::Addend>& next,
                               bool dropped) const {
  return std::equal(next.begin(), next.end(), sum.addends.begin(), sum.addends.end(),
                    [&](const SlotSum::Addend& addend, const SlotSum::Addend& first) {
                      const bool has_copies = dropped && rate_of(first.convolution->plan.source) > 0;
                      return addend.convolution == first.convolution &&
                             addend.gate == first.gate + sum.slots && !has_copies;
                    });
}

// Two addends at most make a sum. Slots that follow each other share one where each has no other, of the same
// convolutions and from the same sources.
void GenericRecurrent::plan_sums(bool dropped) {
  std::size_t weights = 0;
  for (Stage& stage : stages_) {
    std::vector<SlotSum>& sums = stage.sums[dropped];
    for (int slot = stage.plan.first_slot; slot < stage.plan.first_slot + stage.plan.slots; ++slot) {
      const std::vector<SlotSum::Addend> all = addends_of(slot);
      if (!sums.empty() && sums.back().slot + sums.back().slots == slot &&
          goes_on(sums.back(), all, dropped)) {
        ++sums.back().slots;
        sums.back().product->append(desc_.hidden_channels);
        continue;
      }
      for (auto from = all.begin(); from != all.end();) {
        const auto to = from + std::min<std::ptrdiff_t>(2, all.end() - from);
        std::vector<PlaneSum::Part> parts;
        for (auto addend = from; addend != to; ++addend)
          parts.push_back({addend->convolution->operation, rows_of(*addend->convolution, {addend->gate, 1})});
        sums.push_back({slot, 1, {from, to}, std::make_unique<PlaneSum>(std::move(parts)), weights++});
        from = to;
      }
    }
  }
}

void GenericRecurrent::pack_sums(Call& call) const {
  for (const Stage& stage : stages_)
    for (const SlotSum& sum : stage.sums[call.sequence.dropout.is_active])
      call.weights.push_back(sum.product->packed(call.parameters));
}

// Into tasks_ and targets_.
void GenericRecurrent::bind_sums(const Call& call, const Stage& stage, std::int64_t t,
                                 std::uint32_t* written) {
  float* slots = is_group_norm() ? call.tape.raw.floats(t) : slots_.data();
  tasks_.clear();
  targets_.clear();
  for (const SlotSum& sum : stage.sums[call.sequence.dropout.is_active]) {
    PlaneSum::Sources sources{};
    for (std::size_t k = 0; k < sum.addends.size(); ++k) {
      const auto& [c, gate] = sum.addends[k];
      const Source source = c->plan.source;
      if (source == kFromInput && !call.has_input(t)) continue;
      const std::size_t copy = is_dropped(call.sequence, source) ? static_cast<std::size_t>(gate) : 0;
      sources[k] = reinterpret_cast<const float*>(call.tape.sources[source].at(t) +
                                                  copy * c->operation->source_bytes());
    }
    if (sources[0] == nullptr && sources[1] == nullptr) continue;
    const bool adds = (*written >> sum.slot & 1) != 0;
    tasks_.push_back(sum.product->task(*call.weights[sum.weights], sources));
    targets_.push_back({sum.addends.front().convolution->operation, sum.product->rows(),
                        slots + sum.slot * slot_floats(), adds});
    for (int slot = sum.slot; slot < sum.slot + sum.slots; ++slot) *written |= 1u << slot;
  }
}

void GenericRecurrent::run_sums(const Call& call, const Stage& stage, std::int64_t t,
                                std::uint32_t* written) {
  bind_sums(call, stage, t, written);
  const auto store = [&](std::size_t k, std::int64_t block, std::int64_t vector, int vectors,
                         const float* sums) {
    const Target& to = targets_[k];
    to.convolution->store_sums(block, vector, vectors, sums, to.rows, to.bodies, to.adds);
  };
  if (!stage.norm && call.sequence.mask.active == nullptr) {
    const BoundStage cells = bind(call, stage.plan.forward, t, *written);
    const auto run_panel = [&](std::int64_t first, std::int64_t count) {
      const std::int64_t end = first + count;
      for (std::int64_t n = first / vectors_; n * vectors_ < end; ++n) {
        const std::int64_t from = std::max(first - n * vectors_, std::int64_t{0});
        const std::int64_t to = std::min(end - n * vectors_, vectors_);
        for (std::int64_t channel = 0; channel < desc_.hidden_channels; ++channel)
          run_cells(cells, channel, n, {from, to - from}, nullptr);
      }
    };
    if (run_products(device_, geometry_.pixels(), tasks_, store, run_panel)) return;
  }
  for (std::size_t k = 0; k < tasks_.size(); ++k)
    run_product(device_, geometry_.pixels(), tasks_[k], nothing_aside,
                [&](std::int64_t block, std::int64_t vector, int vectors, const float* sums) {
                  store(k, block, vector, vectors, sums);
                });
  normalize(call, stage, t);
  run_pointwise(call, stage.plan.forward, t, *written);
}

}  // namespace convlstm::cpu
