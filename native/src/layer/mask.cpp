#include "layer/mask.h"

#include "core/checked.h"

namespace convlstm {

void Mask::read(cln_layout layout, std::int64_t steps, std::int64_t batch, const RunOptions& options) {
  const bool batch_first = layout == CLN_LAYOUT_NTCHW || layout == CLN_LAYOUT_NTHWC;
  flags_.assign(static_cast<std::size_t>(3 * steps * batch), 0);
  for (std::int64_t t = 0; t < steps; ++t)
    for (std::int64_t n = 0; n < batch; ++n) {
      std::uint8_t& active = flags_[static_cast<std::size_t>(t * batch + n)];
      if (options.lengths != nullptr) {
        check_range("options.lengths", options.lengths[n], 0, steps);
        active = t < options.lengths[n] ? 1 : 0;
      } else {
        const std::int32_t value = options.mask[batch_first ? n * steps + t : t * batch + n];
        check_range("options.mask", value, 0, 1);
        active = static_cast<std::uint8_t>(value);
      }
    }
}

void Mask::set(const StackDesc& stack, std::int64_t steps, std::int64_t batch, const RunOptions& options) {
  view_ = {};
  if (!options.is_masked()) return;
  if (stack.bottom.mask == CLN_MASK_NONE)
    fail(CLN_INVALID_ARGUMENT, options.mask != nullptr ? "options.mask" : "options.lengths",
         ": expected NULL for a layer that was made with CLN_MASK_NONE, got an array");
  if (options.mask != nullptr && options.lengths != nullptr)
    fail(CLN_INVALID_ARGUMENT, "options.lengths: expected NULL beside options.mask, got an array");
  if (options.mask != nullptr)
    check_count("options.mask_count", steps * batch, options.mask_count, "T*N");
  else
    check_count("options.length_count", batch, options.length_count, "N");

  read(stack.layout, steps, batch, options);
  const std::int64_t count = steps * batch;
  const auto active = flags_.begin(), emits = active + count, emits_back = emits + count;
  for (std::int64_t n = 0; n < batch; ++n) {
    std::uint8_t before = 0, after = 0;  // whether a step counted until now
    for (std::int64_t t = 0; t < steps; ++t) {
      const std::int64_t at = t * batch + n, back = (steps - 1 - t) * batch + n;
      before = static_cast<std::uint8_t>(before | active[at]);
      after = static_cast<std::uint8_t>(after | active[back]);
      const bool repeats = stack.bottom.mask == CLN_MASK_REPEAT;
      emits[at] = repeats ? before : active[at];
      emits_back[back] = repeats ? after : active[back];
    }
  }
  auto* const device = static_cast<std::uint8_t*>(device_.get(flags_.size()));
  backend_->copy_in(device, flags_.data(), flags_.size());
  view_ = {device, device + count, device + 2 * count, batch, 1};
}

}  // namespace convlstm
