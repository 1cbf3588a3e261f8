// The sums of a stage: convolutions that share slots become one product. Where nothing else stands between
// sums and cells, the cells follow panel by panel, and the sums of a panel lie close together in memory of
// the thread: the whole slots would go through the memory of the machine, and their rows, powers of two
// apart, through a few sets of a cache.
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
    std::vector<SlotSum>& sums = stage.sums[dropped].list;
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
    cut_sums(stage.sums[dropped]);
    if (has_panels(stage, dropped))
      panel_rows_ = std::max(panel_rows_, stage.plan.slots * desc_.hidden_channels);
  }
}

void GenericRecurrent::cut_sums(StageSums& sums) {
  PackedLayout& all = sums.all;
  all = {0, 0, device_.kernels.rows};
  std::int64_t channels = 0;
  for (const SlotSum& sum : sums.list) {
    const PackedLayout layout = sum.product->layout();
    all.blocks += layout.blocks;
    all.terms = std::max(all.terms, layout.terms);
    channels = std::max(channels, sum.product->source_planes());
  }
  const std::int64_t vectors = geometry_.vectors();
  sums.cut = cut_panels(device_, vectors, all, channels);
  const std::int64_t panel = sums.cut.panel * device_.kernels.max_vectors;
  for (std::int64_t first = 0; first < vectors; ++first) {
    const std::int64_t last = std::min(first + panel, vectors) - 1;
    panel_stride_ = std::max(
        panel_stride_, geometry_.places()[last].body - geometry_.places()[first].body + geometry_.lanes());
  }
}

void GenericRecurrent::pack_sums(Call& call) const {
  for (const Stage& stage : stages_)
    for (const SlotSum& sum : stage.sums[call.sequence.dropout.is_active].list)
      call.weights.push_back(sum.product->packed(call.parameters));
}

// Into tasks_ and targets_.
void GenericRecurrent::bind_sums(const Call& call, const Stage& stage, std::int64_t t,
                                 std::uint32_t* written) {
  tasks_.clear();
  targets_.clear();
  for (const SlotSum& sum : stage.sums[call.sequence.dropout.is_active].list) {
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
    targets_.push_back({sum.slot * desc_.hidden_channels, sum.product->rows(), adds});
    for (int slot = sum.slot; slot < sum.slot + sum.slots; ++slot) *written |= 1u << slot;
  }
}

void GenericRecurrent::store_sums(const Target& target, const Bodies& to, std::int64_t block,
                                  std::int64_t vector, int vectors, const float* sums) const {
  const std::int64_t row = block * device_.kernels.rows;
  const auto rows = static_cast<int>(std::min<std::int64_t>(device_.kernels.rows, target.rows - row));
  device_.kernels.store_sums({sums, geometry_.places() + vector, vectors, rows,
                              to.rows + (target.row + row) * to.stride, to.stride, target.adds});
}

// All sums, into slots; then what comes of them.
void GenericRecurrent::run_sums(const Call& call, const Stage& stage, std::int64_t t, std::uint32_t written) {
  const Bodies slots{is_group_norm() ? call.tape.raw.floats(t) : slots_.data(), geometry_.body_stride()};
  for (std::size_t k = 0; k < tasks_.size(); ++k)
    run_product(device_, geometry_.pixels(), tasks_[k], nothing_aside,
                [&](std::int64_t block, std::int64_t vector, int vectors, const float* sums) {
                  store_sums(targets_[k], slots, block, vector, vectors, sums);
                });
  normalize(call, stage, t);
  run_pointwise(call, stage.plan.forward, t, written);
}

void GenericRecurrent::run_panels_of(const Call& call, const Stage& stage, std::int64_t t,
                                     std::uint32_t written) {
  const std::int64_t F = desc_.hidden_channels, first_row = stage.plan.first_slot * F;
  // Rows and pixels as if all were there: those of the panel are.
  const auto bodies_of = [&](const Panel& panel) {
    float* memory = panels_.data() + panel.thread * panel_rows_ * panel_stride_;
    return Bodies{memory - first_row * panel_stride_ - geometry_.places()[panel.first].body, panel_stride_};
  };
  const BoundStage whole = bind(call, stage.plan.forward, t, written);
  run_panels(
      device_, geometry_.pixels(), stage.sums[call.sequence.dropout.is_active].cut, tasks_,
      [&](std::size_t k, const Panel& panel, std::int64_t block, std::int64_t vector, int vectors,
          const float* sums) { store_sums(targets_[k], bodies_of(panel), block, vector, vectors, sums); },
      [&](const Panel& panel) {
        const Bodies bodies = bodies_of(panel);
        BoundStage cells = whole;
        for (std::size_t r = 0; r < cells.read_count; ++r) {
          const Operand& operand = stage.plan.forward.reads[r];
          if (operand.array != Array::kSum || cells.reads[r].data == nullptr) continue;
          cells.reads[r].data = reinterpret_cast<std::byte*>(bodies.rows + operand.index * F * bodies.stride);
          cells.reads[r].channel = static_cast<std::size_t>(bodies.stride) * sizeof(float);
        }
        const std::int64_t end = panel.first + panel.count;
        for (std::int64_t n = panel.first / vectors_; n * vectors_ < end; ++n) {
          const std::int64_t from = std::max(panel.first - n * vectors_, std::int64_t{0});
          const std::int64_t to = std::min(end - n * vectors_, vectors_);
          for (std::int64_t channel = 0; channel < F; ++channel)
            run_cells(cells, channel, n, {from, to - from}, nullptr);
        }
      });
}

void GenericRecurrent::run_stage(const Call& call, const Stage& stage, std::int64_t t,
                                 std::uint32_t* written) {
  bind_sums(call, stage, t, written);
  if (has_panels(stage, call.sequence.dropout.is_active) && call.sequence.mask.active == nullptr)
    run_panels_of(call, stage, t, *written);
  else
    run_sums(call, stage, t, *written);
}

}  // namespace convlstm::cpu
