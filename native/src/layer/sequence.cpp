#include "layer/sequence.h"

#include "core/checked.h"
#include "layer/description.h"

namespace convlstm {

Sequence::Sequence(const LayerDesc& desc, const InputShape& shape, std::int64_t steps) {
  const auto* recurrent = std::get_if<RecurrentDesc>(&desc);
  const bool batch_first = recurrent != nullptr && recurrent->layout == CLN_LAYOUT_NTCHW;
  const bool last_only = recurrent != nullptr && recurrent->output == CLN_OUTPUT_LAST;
  x_ = extent(steps, input_channels(desc), shape, batch_first);
  y_ = extent(last_only ? 1 : steps, output_channels(desc), shape, batch_first);
}

Sequence::Extent Sequence::extent(std::int64_t steps, std::int64_t channels, const InputShape& shape,
                                  bool batch_first) {
  const std::int64_t count =
      checked_product("steps", {steps, shape.batch, channels, shape.size.h, shape.size.w});
  const std::int64_t image = channels * shape.size.area();
  if (batch_first) return {count, image, steps * image};
  return {count, shape.batch * image, image};
}

}  // namespace convlstm
